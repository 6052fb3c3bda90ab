package wording

// lawTexts are the texts of that page: English, which is the key too, and
// Spanish.
func lawTexts() [][3]string {
	return said([][2]string{
		{"Which laws apply?", "¿Qué normas se aplican?"},
		{"Questions about other laws", "Preguntas sobre otras normas"},
		{"The GDPR is seldom alone. What is not known keeps a law on the list and never takes one off. Answering opens nothing.",
			"El RGPD rara vez está solo. Lo que no se sabe mantiene una norma en la lista y nunca la quita. Responder no abre nada."},
		{"Record the answers", "Registrar las respuestas"},
		{"Laws that may apply", "Normas que pueden aplicarse"},
		{"Answer the questions: the laws that may apply then stand here.", "Responda a las preguntas: aquí aparecerán las normas que pueden aplicarse."},
		{"likely", "probable"}, {"to be confirmed", "por confirmar"},
		{"Still to be answered: %s", "Queda por responder: %s"},
		{"This law has not been read in its source yet: confirm it before you rely on it.", "Esta norma aún no se ha leído en su fuente: confírmela antes de fiarse."},
		{"This case has this duty.", "Este caso tiene esta obligación."},
		{"Confirm: it applies", "Confirmar: se aplica"},
		{"To whom it is owed, if you know (such as the name of a CSIRT or a supervisor)", "A quién se debe, si lo sabe (como el nombre de un CSIRT o de un supervisor)"},
		{"Country whose holidays count, as a code such as ES (it may stay empty)", "País cuyos festivos cuentan, como código, por ejemplo ES (puede quedar vacío)"},
		{"Why does it apply?", "¿Por qué se aplica?"},
		{"Open the duty", "Abrir la obligación"},
	})
}

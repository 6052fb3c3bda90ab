package wording

// atTexts are the texts of a case at a moment in the past.
func atTexts() [][3]string {
	return [][3]string{
		{"at_hidden", "The latest are listed; %s earlier ones stand in the audit trail.", "Se muestran los últimos; %s anteriores figuran en el registro de auditoría."},
		{"at_by", "Which time counts", "Qué hora cuenta"},
		{"at_recorded", "When it was recorded: what was known then", "Cuándo se registró: lo que se sabía entonces"},
		{"at_happened", "When it happened: what was so then, also what was recorded later", "Cuándo ocurrió: lo que era así entonces, también lo registrado después"},
		{"at_title", "How it was", "Cómo era"}, {"at_as_it_was", "As it was at", "Tal como era el"},
		{"at_late_counts", "What was recorded later about an earlier time counts from when it happened: this need not be what anybody knew then.", "Lo registrado después sobre un tiempo anterior cuenta desde que ocurrió: no tiene por qué ser lo que alguien sabía entonces."},
		{"at_nothing_happened", "Nothing of this case had happened by then.", "Nada de este caso había ocurrido entonces."},
		{"at_happened_by", "Happened by then (%d)", "Ocurrido hasta entonces (%d)"}, {"at_happened_between", "Happened between the two (%d)", "Ocurrido entre los dos (%d)"},
		{"at_otherwise", "Otherwise at the second moment (%d)", "De otro modo en el segundo momento (%d)"},
		{"at_walk", "Walk through the case", "Recorrer el caso"}, {"at_step", "Moment %d of %d at which something changed", "Momento %d de %d en que algo cambió"},
		{"at_step_before", "Before the first of %d moments at which something changed", "Antes del primero de %d momentos en que algo cambió"},
		{"at_go", "Go there", "Ir allí"}, {"at_earlier", "Earlier", "Antes"}, {"at_later", "Later", "Después"}, {"at_yes", "yes", "sí"}, {"at_no", "no", "no"},
	}
}

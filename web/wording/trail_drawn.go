package wording

import "tocsin/incident"

// logDrawnTexts are the texts of the picture of the log, and of handing the record
// to somebody who checks it.
func logDrawnTexts() [][3]string {
	return [][3]string{
		{"drawn_root", "Root over the signed entries:", "Raíz de las entradas firmadas:"},
		{"drawn_entries", "Entries", "Entradas"},
		{"drawn_all", "%s, each bound to those before it.", "%s, cada una ligada a las anteriores."},
		{"drawn_since", "%s of them came after the last signature.", "%s de ellas llegaron tras la última firma."},
		{"drawn_checkpoint", "Checkpoint", "Punto de control"},
		{"drawn_signed", "One signature and one root over %s entries, on %s.", "Una firma y una raíz sobre %s entradas, el %s."},
		{"drawn_mail_" + incident.ToDPO, "Mail to the first DPO", "Correo al primer DPD"},
		{"drawn_mail_" + incident.ToFurther, "Mail to the further address", "Correo a la otra dirección"},
		{"drawn_" + incident.AnchorCosignature, "Witness", "Testigo"},
		{"drawn_" + incident.AnchorTimestamp, "Time stamp", "Sello de tiempo"},
		{"drawn_reached", "%s entries, on %s", "%s entradas, el %s"},
		{"drawn_not_yet", "nothing yet", "nada todavía"},
		{"drawn_none", "not set up", "no configurado"},
		{"drawn_means", "Whoever keeps one of these can tell if an entry under it was changed, taken out or put in later.",
			"Quien conserve uno de estos puede saber si una entrada anterior se cambió, se quitó o se añadió después."},

		{"hand_out", "Hand it to somebody who checks it", "Entregarlo a quien lo compruebe"},
		{"hand_out_why", "The evidence of one case is a ZIP file with its entries, their proofs, the signed checkpoints and its files. VERIFY.md inside says how to check it with Tocsin and without it.",
			"Las pruebas de un caso son un fichero ZIP con sus entradas, sus pruebas de inclusión, los puntos de control firmados y sus ficheros. VERIFY.md, dentro, explica cómo comprobarlo con Tocsin y sin él."},
		{"hand_out_check", "It is checked, on any machine and without this server, by:", "Se comprueba, en cualquier equipo y sin este servidor, con:"},
		{"hand_out_key", "PUBLIC-KEY", "CLAVE-PÚBLICA"},
		{"hand_out_whole", "The whole log", "El registro entero"},
		{"hand_out_whole_why", "It holds the entries of all cases, so it is checked here and does not leave as one file.",
			"Contiene las entradas de todos los casos; por eso se comprueba aquí y no sale en un fichero."},
		{"hand_out_mail", "Take a checkpoint that was kept outside: a mail that Tocsin sent, saved as a file.", "Tome un punto de control guardado fuera: un correo que envió Tocsin, guardado como fichero."},
		{"hand_out_run", "Run, with an account of this installation:", "Ejecute, con una cuenta de esta instalación:"},
		{"hand_out_file", "MAIL.eml", "CORREO.eml"},
		{"hand_out_says", "It computes every entry anew and says whether the log still is what that checkpoint signed. That you did it is recorded.",
			"Calcula de nuevo cada entrada y dice si el registro sigue siendo el que firmó aquel punto de control. Queda registrado que lo hizo."},
	}
}

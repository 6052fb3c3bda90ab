package wording

// roundTexts are the texts about opening a further round: key, English, Spanish.
func roundTexts() [][3]string {
	return [][3]string{
		{"open_round", "Write to more people", "Escribir a más personas"},
		{"open_why", "Opening a round sends nothing: its notice is drafted, read, approved by another person and started as in every round.", "Abrir una ronda no envía nada: su aviso se redacta, se lee, lo aprueba otra persona y se inicia como en cualquier ronda."},
		{"open_more", "If the vendor sends a further file of people affected, add it above: who is new in it gets a round of their own.", "Si el proveedor envía otro fichero de personas afectadas, añádalo arriba: quienes sean nuevos tienen su propia ronda."},
		{"open_waiting", "Round %d of this kind was not sent yet: send it or give it up first.", "La ronda %d de este tipo aún no se ha enviado: envíela o renuncie a ella antes."},
		{"open_reason", "Why these people are written to, for the record", "Por qué se escribe a estas personas, para el registro"},
		{"open_do", "Open the round for %s", "Abrir la ronda para %s"},
		{"open_do_file", "Read the file and open the round", "Leer el fichero y abrir la ronda"},
		{"open_file", "File of your accounts", "Fichero de sus cuentas"},
		{"open_follow_up_changed", "Follow-up: more data than they were told of", "Seguimiento: más datos de los que se les dijo"},
		{"open_follow_up_changed_what", "Tells %s that a later file exposes more of their data than they were told of.", "Comunica a %s que un fichero posterior expone más datos suyos de los que se les dijo."},
		{"open_follow_up_changed_nobody", "Of nobody who was told does a later file expose further data.", "De nadie que haya sido informado expone más datos un fichero posterior."},
		{"open_follow_up_told", "Follow-up: everybody who was told", "Seguimiento: todas las personas informadas"},
		{"open_follow_up_told_what", "Writes once more to everybody who was told so far: %s.", "Escribe otra vez a todas las personas informadas hasta ahora: %s."},
		{"open_follow_up_told_nobody", "Nobody was told yet.", "Aún no se ha informado a nadie."},
		{"open_affected_rest", "The rest of a stopped round", "El resto de una ronda detenida"},
		{"open_affected_rest_what", "Tells %s whom a stopped round left out.", "Informa a %s que una ronda detenida dejó fuera."},
		{"open_affected_rest_nobody", "No stopped round left anybody out.", "Ninguna ronda detenida ha dejado a nadie fuera."},
		{"open_affected_organisation", "Organisations whose people are affected", "Organizaciones con personas afectadas"},
		{"open_affected_organisation_what", "Tells the administrators of each organisation how many of its people are affected, and of which data. Choose a file of your accounts with the columns organisation, email and admin: it is kept for this round alone. How many it writes to is shown then.", "Comunica a los administradores de cada organización cuántas de sus personas están afectadas y qué datos. Elija un fichero de sus cuentas con las columnas organisation, email y admin: se guarda solo para esta ronda. Después se muestra a cuántos escribe."},
		{"open_not_affected", "People who are not affected", "Personas no afectadas"},
		{"open_not_affected_what", "Tells the holders of accounts in a file of yours that they are not affected. Whoever stands in a file of people affected, or shares an address or an account with one of them, is left out. How many it writes to is shown then.", "Comunica a los titulares de las cuentas de un fichero suyo que no están afectados. Quien figura en un fichero de personas afectadas, o comparte dirección o cuenta con una de ellas, queda fuera. Después se muestra a cuántos escribe."},
		{"opened_by", "Opened by %s on %s: %s", "Abierta por %s el %s: %s"},
		{"left_affected", "Rows left out since they are affected, or share an address or an account with somebody who is: %d.", "Filas que quedaron fuera por estar afectadas, o por compartir dirección o cuenta con alguien que lo está: %d."},
		{"left_affected_organisation", "Rows left out since they are no administrator, of no organisation whose people are affected, or told of the same before: %d.", "Filas que quedaron fuera por no ser de un administrador, ni de una organización con personas afectadas, o por haberse informado ya de lo mismo: %d."},
		{"left_not_affected", "Rows left out since they have no address that mail reaches: %d.", "Filas que quedaron fuera por no tener una dirección utilizable: %d."},
		{"left_unread", "Rows that could not be read: %d.", "Filas que no se han podido leer: %d."},
		{"give_up", "Give this round up", "Renunciar a esta ronda"},
		{"give_up_why", "Nothing was sent in it. It stays in the record as stopped, and you can open another of its kind.", "No se ha enviado nada en ella. Queda en el registro como detenida y puede abrir otra de su tipo."},
		{"n_people", "%d people", "%d personas"},
		{"one_person", "1 person", "1 persona"},
	}
}

package wording

import "tocsin/incident"

// settingsTexts are the texts of the page of settings: key, English, Spanish.
func settingsTexts() [][3]string {
	return [][3]string{
		{"nav_settings", "Settings", "Ajustes"},
		{"settings_people", "People and roles", "Personas y roles"},
		{"settings_people_why", "A new role holds from the person's next step on, and is recorded. Nobody changes the own role, and one DPO always stays.",
			"El nuevo rol vale desde el siguiente paso de la persona y queda registrado. Nadie cambia su propio rol, y siempre queda un DPD."},
		{"settings_accounts", "Invite people, or end an account", "Invitar a personas o terminar una cuenta"},
		{"settings_person", "Person", "Persona"}, {"settings_role", "Role", "Rol"},
		{"settings_role_of", "Role of %s", "Rol de %s"}, {"settings_role_set", "Change", "Cambiar"},
		{"settings_role_done", "The role was changed.", "El rol se ha cambiado."},
		{"settings_call", "Who is called first", "A quién se avisa primero"},
		{"settings_call_why", "When a deadline comes near, the first is mailed. Who does not answer in time is followed by the next.",
			"Cuando se acerca un plazo, se escribe al primero. Si no responde a tiempo, se avisa al siguiente."},
		{"settings_earlier", "Earlier", "Antes"}, {"settings_later", "Later", "Después"},
		{"settings_call_done", "The order was changed. It holds from the next reminder on.", "El orden se ha cambiado. Vale desde el próximo aviso."},
		{"settings_call_none", "Nobody is called: there is neither a DPO nor a deputy.", "No se avisa a nadie: no hay DPD ni adjunto."},
		{"settings_relays", "Mail", "Correo"},
		{"settings_relays_none", "This server knows no mail relay.", "Este servidor no conoce ningún servidor de correo."},
		{"settings_relay_ask", "Ask them now", "Preguntarles ahora"},
		{"settings_relay_ok", "answers", "responde"}, {"settings_relay_away", "does not answer", "no responde"},
		{"settings_no_limit", "no limit", "sin límite"}, {"settings_limit", "at most %v a second", "%v por segundo como máximo"},
		{"settings_relays_where", "Addresses, passwords and limits of relays are set by whoever runs Tocsin, in TOCSIN_SMTP_URL or TOCSIN_SMTP_RELAYS. To see a notice as it arrives, send a test from the page of people of a case.",
			"Las direcciones, contraseñas y límites los fija quien administra Tocsin, en TOCSIN_SMTP_URL o TOCSIN_SMTP_RELAYS. Para ver cómo llega un aviso, envíe una prueba desde la página de personas de un caso."},
		{"settings_pages_in", "The pages are in English and Spanish; each person chooses on the page of the own account.",
			"Las páginas están en inglés y español; cada persona elige en la página de su cuenta."},
		{"settings_notices_in", "Notices to people affected exist in these languages; each person is written to in the own one, else in that of the country:", "Los avisos a las personas afectadas existen en estos idiomas; a cada persona se le escribe en el suyo o, si no, en el de su país:"},
		{"settings_signals", "Signals to other systems", "Señales a otros sistemas"},
		{"settings_outside", "What leaves the building", "Qué sale del edificio"},
		{"settings_further", "Checkpoints of the record also go to a further address.", "Los puntos de control del registro van también a otra dirección."},
		{"settings_no_further", "Checkpoints of the record go to the first DPO alone. A further address, out of reach of those who run Tocsin, makes them worth more: TOCSIN_CHECKPOINT_TO.",
			"Los puntos de control del registro van solo al primer DPD. Otra dirección, fuera del alcance de quien administra Tocsin, les da más valor: TOCSIN_CHECKPOINT_TO."},
		{"settings_streamed", "Entries of the record are sent to those who watch this installation.", "Las entradas del registro se envían a quienes vigilan esta instalación."},
		{"settings_not_streamed", "Nobody else receives the entries of the record. A SIEM can: TOCSIN_SYSLOG_URL.", "Nadie más recibe las entradas del registro. Un SIEM puede: TOCSIN_SYSLOG_URL."},

		{"event_" + incident.EvOnCallOrdered, "Order of calling changed", "Cambiado el orden de aviso"},
		{"account_did_" + incident.AccountRoleChanged, "Role changed", "Rol cambiado"},
	}
}

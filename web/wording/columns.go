package wording

// columnTexts are the names of columns: key, English, Spanish.
func columnTexts() [][3]string {
	return [][3]string{
		{"column_name", "name", "nombre"}, {"column_email", "email", "correo"}, {"column_city", "city", "ciudad"},
		{"column_region", "region", "región"}, {"column_country", "country", "país"}, {"column_organisation", "organisation", "organización"},
		{"column_user_id", "user id", "identificador de usuario"}, {"column_language", "language", "idioma"},
		{"column_data_kinds", "kinds of data", "tipos de datos"}, {"column_state", "state", "estado"}, {"column_why", "why", "motivo"},
		{"column_told_in_public", "told in public", "comunicado al público"}, {"column_mail", "mail", "correo electrónico"},
		{"column_line", "line", "línea"}, {"column_index", "place in the log", "lugar en el registro"},
		{"column_recorded_at", "recorded at", "registrado el"}, {"column_at", "at", "ocurrido el"}, {"column_incident", "incident", "incidente"},
		{"column_number", "number", "número"}, {"column_seq", "number in its chain", "número en su cadena"}, {"column_type", "type", "tipo"},
		{"column_what", "what", "qué"}, {"column_role", "role", "rol"}, {"column_actor", "by", "por"}, {"column_hash", "hash", "huella"},
		{"column_data", "data", "datos"},
	}
}

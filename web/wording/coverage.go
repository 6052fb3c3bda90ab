package wording

// coverageTexts are the texts of the pictures: key, English, Spanish.
func coverageTexts() [][3]string {
	return [][3]string{
		{"coverage", "How far the notices came", "Hasta dónde han llegado los avisos"},
		{"rounds_n", "Rounds %s", "Rondas %s"},
		{"cov_rows", "Rows in the files", "Filas en los ficheros"},
		{"cov_people", "People", "Personas"},
		{"cov_recipients", "Notices", "Avisos"},
		{"cov_ours", "With an account of ours", "Con cuenta nuestra"},
		{"cov_reach", "Mail can reach", "Les llega el correo"},
		{"cov_told", "Told", "Informadas"},
		{"cov_doubt", "In doubt", "En duda"},
		{"cov_waiting", "Not told yet", "Aún no informadas"},
		{"cov_withheld", "Withheld: they are affected after all", "Retenidos: resultaron estar afectadas"},
		{"cov_cannot", "Mail cannot tell", "El correo no las informa"},
		{"cov_why", "Why mail does not tell them", "Por qué no las informa el correo"},
		{"cov_step", "Step", "Paso"},
		{"cov_number", "Number", "Número"},
		{"cov_told_why", "Told: their mail server took the notice. In doubt: it is not certain whether it did; the notice was sent once more.", "Informadas: su servidor de correo aceptó el aviso. En duda: no consta si lo aceptó; se envió una vez más."},
		{"cov_mistaken", "%s were told before that they are not affected, and a later file shows that they are.", "A %s se les dijo antes que no estaban afectadas, y un fichero posterior muestra que sí."},
	}
}

package wording

// figuresTexts are the texts of the figures of a year.
func figuresTexts() [][3]string {
	return [][3]string{
		{"figures_lead", "Counted by the instant of awareness, in each case's own time zone.", "Contados por el momento de la constancia, en la zona horaria de cada caso."},
		{"figures_incidents", "Incidents", "Incidentes"}, {"figures_intime", "Notified in time (Art. 33)", "Notificados en plazo (art. 33)"},
		{"figures_none", "No incident is counted in this year. Choose another one, or take drills in.", "En este año no cuenta ningún incidente. Elija otro o incluya los simulacros."},
		{"figures_overdue", "Incidents that had to be notified by now and were not: %d. They count as late.", "Incidentes que ya debían haberse notificado y no lo están: %d. Cuentan como fuera de plazo."},
		{"figures_share", "%d %%: %d of %d", "%d %%: %d de %d"}, {"figures_told", "People told by message", "Personas a las que se escribió"},
		{"figures_months", "Incidents by month and kind", "Incidentes por mes y tipo"}, {"figures_month", "Month", "Mes"},
		{"figures_several", "An incident that harmed several properties is counted for each.", "Un incidente que afectó a varias propiedades cuenta en cada una."},
		{"figures_confidentiality", "Confidentiality", "Confidencialidad"}, {"figures_integrity", "Integrity", "Integridad"}, {"figures_availability", "Availability", "Disponibilidad"},
		{"figures_unjudged", "Kind not known", "Tipo sin determinar"}, {"figures_drawn", "Drawn", "Dibujo"},
		{"figures_times", "How long it took, in hours", "Cuánto se tardó, en horas"}, {"figures_step", "Step", "Paso"}, {"figures_cases", "Incidents", "Incidentes"},
		{"figures_median", "Median", "Mediana"}, {"figures_p90", "Nine of ten within", "Nueve de cada diez en"},
		{"figures_occurred", "From the beginning of the breach to awareness", "Del comienzo de la brecha a la constancia"},
		{"figures_word", "From the word of it to awareness", "Del aviso a la constancia"},
		{"figures_decision", "From awareness to the first decision", "De la constancia a la primera decisión"},
		{"figures_filing", "From awareness to the first filing", "De la constancia a la primera presentación"},
		{"figures_legend", "Dark: up to the median. Light: up to nine of ten.", "Oscuro: hasta la mediana. Claro: hasta nueve de cada diez."},
		{"figures_list", "The incidents of this year", "Los incidentes de este año"},
		{"figures_month_1", "January", "enero"}, {"figures_month_2", "February", "febrero"}, {"figures_month_3", "March", "marzo"}, {"figures_month_4", "April", "abril"},
		{"figures_month_5", "May", "mayo"}, {"figures_month_6", "June", "junio"}, {"figures_month_7", "July", "julio"}, {"figures_month_8", "August", "agosto"},
		{"figures_month_9", "September", "septiembre"}, {"figures_month_10", "October", "octubre"}, {"figures_month_11", "November", "noviembre"}, {"figures_month_12", "December", "diciembre"},
	}
}

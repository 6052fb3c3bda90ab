package wording

// caseTexts are the texts around every page of a case: key, English, Spanish.
func caseTexts() [][3]string {
	return [][3]string{
		{"stage_assessing", "assessing", "evaluación"}, {"stage_notifying", "notifying", "notificación"}, {"stage_informing", "informing", "información"},
		{"stage_review", "review", "revisión"}, {"stage_closed", "closed", "cerrado"},
		{"drill", "exercise", "simulacro"},
		{"closed_case", "The case is closed. Reopen it to change something.", "El caso está cerrado. Reábralo para cambiar algo."},
		{"left_of", "%s left", "quedan %s"},
		{"late_by", "%s late", "%s de retraso"},
	}
}

package wording

import "tocsin/incident"

// taskTexts are the texts of the forms for further tasks.
func taskTexts() [][3]string {
	return append(said([][2]string{
		{"To be done again: %s", "Por hacer de nuevo: %s"},
		{"Put down a further task", "Anotar otra tarea"},
		{"What is to be done?", "¿Qué hay que hacer?"},
		{"Name no person: it stands in the record.", "No nombre a ninguna persona: queda en el registro."},
		{"Who does it?", "¿Quién lo hace?"},
		{"By when? (%s)", "¿Para cuándo? (%s)"},
		{"Why is it to be done?", "¿Por qué hay que hacerlo?"},
		{"Put it down", "Anotarla"},
		{"It is to be done again", "Hay que hacerla de nuevo"},
		{"Reopen the task", "Reabrir la tarea"},
	}), [3]string{"event_" + incident.EvTaskReopened, "Task to be done again", "Tarea por hacer de nuevo"})
}

package web

import "tocsin/incident"

// eventIn says what an entry of the record is about. A type that has no words
// of its own is shown by its name.
func eventIn(kind string, w words) string {
	if text := w.texts["event_"+kind]; text != "" {
		return text
	}
	return sentenceStart(spoken(kind))
}

// eventTexts name the entries of the record: key, English, Spanish.
func eventTexts() [][3]string {
	return [][3]string{
		{"event_" + incident.EvOpened, "Incident opened", "Incidente abierto"},
		{"event_" + incident.EvAssessmentRecorded, "Assessment recorded", "Evaluación registrada"},
		{"event_" + incident.EvNotificationDrafted, "Notification drafted", "Notificación redactada"},
		{"event_" + incident.EvNotificationApproved, "Notification approved", "Notificación aprobada"},
		{"event_" + incident.EvNotificationFiled, "Notification filed", "Notificación presentada"},
		{"event_" + incident.EvAcknowledged, "Reminder acknowledged", "Aviso atendido"},
		{"event_" + incident.EvTaskCreated, "Task created", "Tarea creada"},
		{"event_" + incident.EvTaskCompleted, "Task completed", "Tarea hecha"},
		{"event_" + incident.EvMailingPaused, "Mailing paused", "Envío en pausa"},
		{"event_" + incident.EvMailingResumed, "Mailing resumed", "Envío reanudado"},
		{"event_" + incident.EvClosed, "Incident closed", "Incidente cerrado"},
		{"event_" + incident.EvReopened, "Incident reopened", "Incidente reabierto"},
		{"event_" + incident.EvAwarenessSet, "Instant of awareness fixed", "Fijado el momento del conocimiento"},
		{"event_" + incident.EvObligationOpened, "Duty arose, its clock set", "Nace una obligación y se fija su plazo"},
		{"event_" + incident.EvObligationMoved, "Deadline computed anew", "Plazo calculado de nuevo"},
		{"event_" + incident.EvObligationOverdue, "Deadline passed without a filing", "Plazo vencido sin presentación"},
		{"event_" + incident.EvObligationWaived, "Duty ended: it does not apply", "Obligación terminada: no procede"},
		{"event_" + incident.EvObligationReinstated, "Duty applies again", "La obligación procede de nuevo"},
		{"event_" + incident.EvObligationMet, "Duty met", "Obligación cumplida"},
		{"event_" + incident.EvStageStarted, "Next step of the duty began", "Empieza el paso siguiente de la obligación"},
		{"event_" + incident.EvFactFixed, "Time of a fact fixed", "Fijado el momento de un hecho"},
		{"event_" + incident.EvScreeningRecorded, "Questions about other laws answered", "Respondidas las preguntas sobre otras normas"},
		{"event_" + incident.EvDelayReasonsGiven, "Reasons for the delay given", "Dados los motivos del retraso"},
		{"event_" + incident.EvReminderFired, "Reminder came due", "Llega un aviso del plazo"},
		{"event_" + incident.EvReminderEscalated, "Next person called: nobody had acknowledged", "Avisada la persona siguiente: nadie había respondido"},
		{"event_" + incident.EvReminderAccepted, "Reminder taken by the mail server", "Aviso aceptado por el servidor de correo"},
		{"event_" + incident.EvReminderRefused, "Reminder refused by the mail server", "Aviso rechazado por el servidor de correo"},
		{"event_" + incident.EvAttached, "Files attached", "Ficheros adjuntados"},
		{"event_" + incident.EvPeopleImported, "People affected imported", "Importadas las personas afectadas"},
		{"event_" + incident.EvRoundOpened, "Round of notices opened by a person", "Ronda de avisos abierta por una persona"},
		{"event_" + incident.EvMailingTested, "Test of a notice sent to who asked for it", "Prueba de un aviso enviada a quien la pidió"},
		{"event_" + incident.EvPublicDrafted, "Public communication drafted", "Redactada la comunicación pública"},
		{"event_" + incident.EvPublicApproved, "Public communication approved", "Aprobada la comunicación pública"},
		{"event_" + incident.EvPublicationRecorded, "Public communication published", "Publicada la comunicación pública"},
		{"event_" + incident.EvMailingDrafted, "Notice to the people drafted", "Redactado el aviso a las personas"},
		{"event_" + incident.EvMailingApproved, "Notice to the people approved", "Aprobado el aviso a las personas"},
		{"event_" + incident.EvMailingStarted, "Sending to the people began", "Empieza el envío a las personas"},
		{"event_" + incident.EvMailingStopped, "Sending to the people stopped", "Detenido el envío a las personas"},
		{"event_" + incident.EvMailingFinished, "Sending to the people finished", "Terminado el envío a las personas"},
		{"event_" + incident.EvMailingBounced, "Notices to the people came back", "Avisos a las personas devueltos"},
		{"event_" + incident.EvProcessesRecovered, "Clocks and processes of the case started again from the record", "Plazos y procesos del caso iniciados de nuevo desde el registro"},
		{"event_" + incident.EvPeopleTaken, "People’s data taken away in a bundle", "Sacados datos de las personas en un expediente"},
		{"event_" + incident.EvBundlePrepared, "Evidence asked for, report printed", "Pedidas las pruebas, impreso el informe"},
		{"event_" + incident.EvBundleExported, "Evidence exported", "Pruebas exportadas"},
		{"event_" + incident.EvRetentionSet, "Time decided for which people's data are kept", "Decidido el tiempo de conservación de los datos de las personas"},
		{"event_" + incident.EvErasureHeld, "Erasing held", "Supresión retenida"},
		{"event_" + incident.EvErasureReleased, "Hold on erasing lifted", "Retención de la supresión levantada"},
		{"event_" + incident.EvDocumentKept, "Decided to keep a file", "Decidido conservar un fichero"},
		{"event_" + incident.EvErasureScheduled, "Date set for erasing people's data", "Fijada la fecha de supresión de los datos de las personas"},
		{"event_" + incident.EvErasureWarned, "Warning before erasing came due", "Llega el aviso previo a la supresión"},
		{"event_" + incident.EvWarningAccepted, "Warning taken by the mail server", "Aviso previo aceptado por el servidor de correo"},
		{"event_" + incident.EvWarningRefused, "Warning refused by the mail server", "Aviso previo rechazado por el servidor de correo"},
		{"event_" + incident.EvErasureRequested, "Asked to erase people's data now", "Pedida la supresión inmediata de los datos de las personas"},
		{"event_" + incident.EvErasureConfirmed, "Erasing confirmed by another person", "Supresión confirmada por otra persona"},
		{"event_" + incident.EvErasureBegun, "Erasing began", "Empieza la supresión"},
		{"event_" + incident.EvPeopleErased, "People's data erased", "Suprimidos los datos de las personas"},
	}
}

// recordTexts are the texts of the pages of tasks, files and the record: key,
// English, Spanish.
func recordTexts() [][3]string {
	return [][3]string{
		{"tasks", "Tasks", "Tareas"}, {"evidence", "Evidence", "Pruebas"}, {"timeline", "Timeline", "Cronología"},
		{"task_" + incident.TaskCutIntegration, "Stop the flow of data to the vendor", "Cortar el envío de datos al proveedor"},
		{"task_" + incident.TaskSecureEvidence, "Secure the evidence", "Asegurar las pruebas"},
		{"task_" + incident.TaskAskVendor, "Ask the vendor for what is missing", "Pedir al proveedor lo que falta"},
		{"task_" + incident.TaskReviewVendors, "Review the other vendors", "Revisar los demás proveedores"},
		{"tasks_open", "To do", "Por hacer"}, {"tasks_done", "Done", "Hechas"},
		{"tasks_none", "Every task is done.", "Todas las tareas están hechas."}, {"tasks_none_done", "None yet.", "Ninguna todavía."},
		{"task_owner", "%s. Due %s.", "%s. Vence el %s."}, {"task_late", "Late.", "Con retraso."},
		{"task_note", "What was done? (it may stay empty)", "¿Qué se hizo? (puede quedar vacío)"},
		{"task_do", "This is done", "Está hecho"},
		{"task_why", "A task that is done says who did it and when, and can be reopened with a reason. What was done of the first four goes into the notification as a measure.",
			"Una tarea hecha dice quién la hizo y cuándo, y puede reabrirse con un motivo. Lo hecho de las cuatro primeras entra en la notificación como medida."},
		{"done_by", "Done by %s, %s.", "Hecha por %s, %s."},
		{"evidence_files", "Files of this case", "Ficheros de este caso"},
		{"evidence_none", "No file is kept with this case yet.", "Aún no se guarda ningún fichero con este caso."},
		{"evidence_add", "Attach a file", "Adjuntar un fichero"},
		{"evidence_note", "What is it? Name no people.", "¿Qué es? No nombre a personas."},
		{"evidence_choose", "a file to attach", "un fichero que adjuntar"},
		{"evidence_most", "At most %s. It is encrypted under the key of this case, and its hash goes into the record.",
			"De %s como máximo. Se cifra con la clave de este caso y su resumen entra en el registro."},
		{"evidence_attach", "Attach", "Adjuntar"},
		{"evidence_download", "Files are only ever downloads: a browser shows nothing of them as a page.", "Los ficheros solo se descargan: el navegador no muestra nada de ellos como página."},
		{"bundle", "The whole record as a file", "Todo el registro en un fichero"},
		{"bundle_why", "One ZIP file with the record and its files. An authority can check it without Tocsin's server:", "Un fichero ZIP con el registro y sus ficheros. Una autoridad puede comprobarlo sin el servidor de Tocsin:"},
		{"bundle_get", "Download the evidence", "Descargar las pruebas"},
		{"by_at", "%s, by %s, %s", "%s, por %s, %s"},
		{"timeline_filter", "Show", "Mostrar"}, {"timeline_who", "By whom", "Por quién"}, {"timeline_what", "What", "Qué"},
		{"timeline_count", "%d entries in all, %d shown.", "%d entradas en total, se muestran %d."},
		{"timeline_empty", "No entry is like this.", "No hay ninguna entrada así."},
		{"timeline_older", "Older entries", "Entradas anteriores"}, {"timeline_newest", "Newest entries", "Entradas más recientes"},
		{"timeline_at", "What was known at an earlier moment", "Qué se sabía en un momento anterior"},
		{"timeline_recorded", "Recorded", "Registrado"}, {"timeline_place", "Place in the log", "Lugar en el registro"}, {"timeline_hash", "Hash", "Resumen"},
		{"timeline_more", "What it says", "Qué dice"},
		{"chain", "Is the record as it was written?", "¿Está el registro como se escribió?"},
		{"chain_why", "Every entry hangs in a signed log. The check computes the whole record of this installation anew, every entry and every hash, and holds it against the checkpoints that were signed.",
			"Cada entrada cuelga de un registro firmado. La comprobación calcula de nuevo todo el registro de esta instalación, cada entrada y cada resumen, y lo compara con los puntos de control firmados."},
		{"chain_outside", "Checkpoints that were mailed away prove more: give them to", "Los puntos de control enviados por correo prueban más: déselos a"},
		{"chain_check", "Check now", "Comprobar ahora"},
		{"chain_good", "Nothing was changed: %d entries and %d checkpoints agree.", "No se ha cambiado nada: concuerdan %d entradas y %d puntos de control."},
		{"chain_bad", "The record is not as it was written. Tell whoever runs Tocsin for you at once, and keep every mailed checkpoint.",
			"El registro no está como se escribió. Avise enseguida a quien administra Tocsin y guarde todos los puntos de control enviados."},
		{"chain_root", "Root %s, computed on %s.", "Raíz %s, calculada el %s."},
		{"check_place", "Entry %d of the log:", "Entrada %d del registro:"},
	}
}

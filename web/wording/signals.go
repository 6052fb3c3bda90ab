package wording

import "slices"

// signalTexts are the texts of the pages of webhooks: English, which is the key too
// but for the codes, and Spanish.
func signalTexts() [][3]string {
	return slices.Concat(signalCodes(), said([][2]string{
		{"Signals to other systems", "Señales a otros sistemas"},
		{"Other systems and chats are told what happens: kind, number of the case, instant and a link. Never a name, an address or a text of a case.", "Otros sistemas y chats reciben lo que ocurre: tipo, número del caso, instante y un enlace. Nunca un nombre, una dirección ni un texto de un caso."},
		{"Which systems and chats are told, and whether it arrives.", "A qué sistemas y chats se informa, y si les llega."},
		{"Receiver", "Receptor"},
		{"Form", "Formato"},
		{"Show", "Ver"},
		{"Send a test", "Enviar una prueba"},
		{"Turn on again", "Activar de nuevo"},
		{"Turn off for now", "Desactivar por ahora"},
		{"No other system is told anything yet.", "Todavía no se informa a ningún otro sistema."},
		{"Add a receiver", "Añadir un receptor"},
		{"Address of the receiver", "Dirección del receptor"},
		{"Beginning with https. The receiver's own pages show it: in Slack under incoming webhooks, in Teams under workflows. It is kept like a password and not shown again.", "Empieza por https. La muestran las páginas del propio receptor: en Slack, en los webhooks entrantes; en Teams, en los flujos de trabajo. Se guarda como una contraseña y no se vuelve a mostrar."},
		{"What the receiver is", "Qué es el receptor"},
		{"Language of messages for people", "Idioma de los mensajes para personas"},
		{"What it is told", "Qué se le comunica"},
		{"Add and turn on", "Añadir y activar"},
		{"The secret, shown this once", "El secreto, que se muestra esta única vez"},
		{"Enter it at the receiver: it proves by the signature that a signal is yours.", "Introdúzcalo en el receptor: con la firma demuestra que una señal es suya."},
		{"The webhook is on. Send a test to see whether it arrives.", "El webhook está activado. Envíe una prueba para ver si llega."},
		{"The test is on its way, after what waits. Load this page again to see what came of it.", "La prueba está en camino, detrás de lo que espera. Cargue de nuevo esta página para ver el resultado."},
		{"The webhook is removed. What it was told stays in the record.", "El webhook se ha eliminado. Lo que se le comunicó queda en el registro."},
		{"On.", "Activado."},
		{"Off. Signals wait until it is turned on.", "Desactivado. Las señales esperan hasta que se active."},
		{"Given up: it took nothing for three days. Ask who runs the receiver, then turn it on; what waits is sent in order.", "Abandonado: no aceptó nada durante tres días. Pregunte a quien administra el receptor y actívelo; lo que espera se envía en orden."},
		{"Stopped: the receiver answered that it wants nothing any more. Turn it on again, or end it.", "Detenido: el receptor respondió que ya no quiere nada. Actívelo de nuevo o elimínelo."},
		{"Takes nothing since %s. Tried again %s.", "No acepta nada desde el %s. Nuevo intento: %s."},
		{"All receivers", "Todos los receptores"},
		{"The last attempts", "Los últimos intentos"},
		{"Nothing was sent yet.", "Todavía no se ha enviado nada."},
		{"Signal", "Señal"},
		{"Result", "Resultado"},
		{"Took", "Duración"},
		{"Change the receiver", "Cambiar el receptor"},
		{"Another address; empty keeps the one it has", "Otra dirección; vacía conserva la actual"},
		{"A new secret", "Un secreto nuevo"},
		{"The secret before signs too for 24 hours, so that no signal is lost while you enter the new one.", "El secreto anterior firma también durante 24 horas, para que no se pierda ninguna señal mientras introduce el nuevo."},
		{"The secret before signs too until %s.", "El secreto anterior firma también hasta el %s."},
		{"Make a new secret", "Crear un secreto nuevo"},
		{"End the receiver", "Eliminar el receptor"},
		{"Address and secret are removed. What was told stays in the record.", "Se eliminan la dirección y el secreto. Lo comunicado queda en el registro."},
		{"Yes, end this receiver", "Sí, eliminar este receptor"},
	}))
}

// signalCodes are the texts of codes.
func signalCodes() [][3]string {
	return [][3]string{
		{"form_standard", "Another system (Standard Webhooks, signed)", "Otro sistema (Standard Webhooks, firmado)"},
		{"form_slack", "Slack", "Slack"},
		{"form_teams", "Microsoft Teams", "Microsoft Teams"},
		{"signal_incident.opened", "A case was opened", "Se abrió un caso"},
		{"signal_incident.awareness_changed", "When we became aware was changed", "Se cambió cuándo se tuvo constancia"},
		{"signal_incident.closed", "A case was closed", "Se cerró un caso"},
		{"signal_incident.reopened", "A case was opened again", "Se volvió a abrir un caso"},
		{"signal_deadline.warned", "A legal deadline is near", "Se acerca un plazo legal"},
		{"signal_deadline.overdue", "A legal deadline has passed", "Venció un plazo legal"},
		{"signal_obligation.filed", "A notification was filed", "Se presentó una notificación"},
		{"signal_mailing.halted", "A mailing halts", "Un envío se detuvo"},
		{"signal_mailing.ended", "A mailing has ended", "Un envío terminó"},
		{"signal_webhook.failing", "Another receiver was given up", "Se abandonó otro receptor"},
		{"signal_webhook.test", "A test", "Una prueba"},
		{"result_delivered", "Delivered", "Entregada"},
		{"result_gone", "The receiver wants nothing any more", "El receptor ya no quiere nada"},
		{"result_refused", "Refused by the receiver", "Rechazada por el receptor"},
		{"result_redirected", "Sent elsewhere by the receiver, where signals do not go", "El receptor remite a otra dirección, a la que no van señales"},
		{"result_blocked", "The address leads where signals must not go", "La dirección lleva a donde no deben ir señales"},
		{"result_unknown_host", "The receiver's name is not known", "El nombre del receptor no se conoce"},
		{"result_untrusted", "The receiver's certificate is not valid", "El certificado del receptor no es válido"},
		{"result_timeout", "No answer within ten seconds", "Sin respuesta en diez segundos"},
		{"result_unreachable", "No connection", "Sin conexión"},
	}
}

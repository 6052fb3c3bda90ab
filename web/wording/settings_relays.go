package wording

import "tocsin/incident"

// settingRelayTexts are the texts of the state of the relays: key, English, Spanish.
func settingRelayTexts() [][3]string {
	return [][3]string{
		{"relay_in_use", "In use.", "En uso."},
		{"relay_unused", "Nothing was sent through it yet.", "Todavía no se ha enviado nada por él."},
		{"relay_rests", "It failed and is left alone until %s.", "Falló y se deja en paz hasta %s."},
		{"relay_accepted", "Took a message last:", "Último mensaje aceptado:"},
		{"relay_failed", "Failed last:", "Último fallo:"},
		{"relay_never", "never", "nunca"},
		{"relay_silent", "no reply at %s", "sin respuesta en %s"},
		{"relay_replied", "answered %s", "respondió %s"},
		{"relay_test", "Send a test message to myself", "Enviarme un mensaje de prueba"},
		{"relay_test_asked", "The test message is on its way to the address of your account. Open this page again to see what the relay answered.",
			"El mensaje de prueba va de camino a la dirección de su cuenta. Abra de nuevo esta página para ver qué respondió el servidor."},
		{"relay_test_sent", "Your test of %s: the relay took it, %s.", "Su prueba de %s: el servidor la aceptó, %s."},
		{"relay_test_refused", "Your test of %s: the relay refused it for good, %s.", "Su prueba de %s: el servidor la rechazó definitivamente, %s."},
		{"relay_test_waits", "Your test of %s has not left yet: no relay has taken it. It is offered again for a day.",
			"Su prueba de %s aún no ha salido: ningún servidor la ha aceptado. Se ofrece de nuevo durante un día."},
		{"relay_test_over", "Your test of %s never left: no relay took it within a day.", "Su prueba de %s no salió: ningún servidor la aceptó en un día."},

		{"account_did_" + incident.AccountMailTested, "Test message asked for", "Mensaje de prueba pedido"},
	}
}

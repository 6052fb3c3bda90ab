package web

import (
	"tocsin/incident"
	"tocsin/translation"
)

// Said says in the reader's language what the record holds in English.
func (w words) Said(english string) string { return translation.In(w.Lang).Text(english) }

// Refusal says in the reader's language why something was not carried out.
func (w words) Refusal(e *incident.Error) string { return sentence(translation.In(w.Lang).Refusal(e)) }

// frameTexts are the texts around every page: key, English, Spanish.
func frameTexts() [][3]string {
	return [][3]string{
		{"nav_main", "Main", "Principal"}, {"nav_incidents", "Incidents", "Incidentes"}, {"nav_deadlines", "Deadlines", "Plazos"},
		{"nav_trail", "Audit trail", "Auditoría"},
		{"nav_out", "Sign out", "Cerrar sesión"}, {"nav_skip", "Skip to the content", "Saltar al contenido"},
		{copyElsewhere, copyElsewhere, "No se ha registrado nada de su paso. Si su Tocsin funciona en su dirección habitual, hágalo allí."},
		{copyTold, copyTold, "Si es el único que funciona, avise cuanto antes a quien administra Tocsin: hay que darle el relevo antes de que se envíe o registre nada."},
		{"Not on this copy", "Not on this copy", "No en esta copia"},
		{heldSays, heldSays, "Esta puede ser una copia restaurada de Tocsin: desde aquí no se envía ni se registra nada. Debe decidirlo quien administra el servidor, con «tocsin recover --take-over»; en tocsin-local, con «tocsin-local recover --take-over»."},
		{heldDatabase, heldDatabase, "La base de datos no es la que consta en el registro."},
		{heldMachine, heldMachine, "Aquí se ha iniciado una máquina que el registro no conoce."},
		{heldShorter, heldShorter, "Faltan entradas del registro que antes estaban aquí."},
		{heldHistory, heldHistory, "El registro contiene entradas distintas de las de antes."},
		{heldEarlier, heldEarlier, "Otra base de datos tomó el relevo después de esta: si funciona, hay que apagar esta para siempre."},
		{vendorWaits, vendorWaits, "Un proveedor ha comunicado una violación por su enlace, la primera vez el %s. Se conserva, y su caso se abre por sí solo en cuanto el motor responda. " +
			"El plazo puede contar desde entonces: pregunte ya al proveedor a qué afecta."},
		{troubleEngine, troubleEngine, "Tocsin muestra lo registrado, pero ahora no puede enviar avisos ni registrar nada: su motor no responde. " +
			"Vigile usted el plazo y avise a quien administra Tocsin. Los avisos perdidos se envían cuando vuelva."},
		{troubleRelay, troubleRelay, "Ahora no sale ningún correo: el servidor de correo no responde. Los avisos se reintentan solos; " +
			"hasta entonces vigile usted el plazo y avise a quien administra Tocsin."},
	}
}

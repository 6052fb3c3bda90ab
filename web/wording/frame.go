package wording

import (
	"tocsin/incident"
	"tocsin/translation"
)

// Said says in the reader's language what the record holds in English.
func (w Words) Said(english string) string { return translation.In(w.Lang).Text(english) }

// Refusal says in the reader's language why something was not carried out.
func (w Words) Refusal(e *incident.Error) string { return Sentence(translation.In(w.Lang).Refusal(e)) }

// HeldSays is what every page says while this may be a restored copy.
const HeldSays = "This may be a restored copy of Tocsin: nothing is sent and nothing is taken in here. Whoever runs the server has to decide it by “tocsin recover --take-over”; of tocsin-local, by “tocsin-local recover --take-over”."

// What to do about a step that a copy does not take in.
const (
	CopyElsewhere = "Nothing of your step was recorded. Where your Tocsin runs at its usual address, do it there."
	CopyTold      = "If this is the only one that runs, tell whoever runs Tocsin for you at once: it has to be taken over before anything is sent or recorded."
)

// What was found, for each reason to hold everything.
const (
	HeldDatabase = "The database is another one than the record says."
	HeldMachine  = "A machine has started here that the record does not know."
	HeldShorter  = "Entries of the record are missing that were here before."
	HeldHistory  = "The record holds other entries than before."
	HeldEarlier  = "Another database took over after this one: if that one runs, this one has to be switched off for good."
)

// What is said when a part is away, in English.
const (
	TroubleEngine = "Tocsin shows what was recorded, but can send no reminders and record nothing just now: its engine does not answer. " +
		"Watch the deadline yourself and tell whoever runs Tocsin for you. Reminders that were missed are sent once it is back."
	TroubleRelay = "No mail leaves just now: the mail server does not answer. Reminders are tried again without your help; " +
		"until then watch the deadline yourself and tell whoever runs Tocsin for you."
)

// VendorWaits is added where a vendor told of a breach while its case cannot be
// opened: whoever can act on it must not hear of it only once the engine is back.
const VendorWaits = "A vendor has told of a breach through its link, first on %s. It is kept, and its case opens by itself once the engine answers. " +
	"Time may count from then: ask the vendor now what is concerned."

// frameTexts are the texts around every page: key, English, Spanish.
func frameTexts() [][3]string {
	return [][3]string{
		{"nav_main", "Main", "Principal"}, {"nav_incidents", "Incidents", "Incidentes"}, {"nav_deadlines", "Deadlines", "Plazos"},
		{"nav_trail", "Audit trail", "Auditoría"},
		{"nav_out", "Sign out", "Cerrar sesión"}, {"nav_skip", "Skip to the content", "Saltar al contenido"},
		{"nav_fault", "Error", "Error"},
		{CopyElsewhere, CopyElsewhere, "No se ha registrado nada de su paso. Si su Tocsin funciona en su dirección habitual, hágalo allí."},
		{CopyTold, CopyTold, "Si es el único que funciona, avise cuanto antes a quien administra Tocsin: hay que darle el relevo antes de que se envíe o registre nada."},
		{"Not on this copy", "Not on this copy", "No en esta copia"},
		{HeldSays, HeldSays, "Esta puede ser una copia restaurada de Tocsin: desde aquí no se envía ni se registra nada. Debe decidirlo quien administra el servidor, con «tocsin recover --take-over»; en tocsin-local, con «tocsin-local recover --take-over»."},
		{HeldDatabase, HeldDatabase, "La base de datos no es la que consta en el registro."},
		{HeldMachine, HeldMachine, "Aquí se ha iniciado una máquina que el registro no conoce."},
		{HeldShorter, HeldShorter, "Faltan entradas del registro que antes estaban aquí."},
		{HeldHistory, HeldHistory, "El registro contiene entradas distintas de las de antes."},
		{HeldEarlier, HeldEarlier, "Otra base de datos tomó el relevo después de esta: si funciona, hay que apagar esta para siempre."},
		{VendorWaits, VendorWaits, "Un proveedor ha comunicado una violación por su enlace, la primera vez el %s. Se conserva, y su caso se abre por sí solo en cuanto el motor responda. " +
			"El plazo puede contar desde entonces: pregunte ya al proveedor a qué afecta."},
		{TroubleEngine, TroubleEngine, "Tocsin muestra lo registrado, pero ahora no puede enviar avisos ni registrar nada: su motor no responde. " +
			"Vigile usted el plazo y avise a quien administra Tocsin. Los avisos perdidos se envían cuando vuelva."},
		{TroubleRelay, TroubleRelay, "Ahora no sale ningún correo: el servidor de correo no responde. Los avisos se reintentan solos; " +
			"hasta entonces vigile usted el plazo y avise a quien administra Tocsin."},
	}
}

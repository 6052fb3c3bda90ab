package web

import (
	"tocsin/incident"
	"tocsin/notice"
)

// sentences are the words of a first draft in one language. They claim nothing
// that is not recorded: measures come from tasks that were done.
type sentences struct {
	contact      string
	nature       string
	consequences []string
	advice       []string
	measures     map[string]string // by the task that was done
}

func firstSentences() map[string]sentences {
	return map[string]sentences{
		"en": {
			contact: "Data protection officer",
			nature:  "Somebody without permission obtained a file with personal data. Your data are in that file.",
			consequences: []string{
				"Somebody may write to you or call you, pretend to be us, and use what they know of you to appear trustworthy.",
				"Your data may be linked with other information about you.",
			},
			advice: []string{
				"Distrust messages and calls that you do not expect, even when they know your name.",
				"Check the domain of the sender, and type the address of our site by hand.",
				"Switch on two-step verification for your account where it is offered.",
				"Never share passwords, keys or codes: we will not ask you for them.",
			},
			measures: map[string]string{
				incident.TaskCutIntegration: "We have stopped the flow of data to the provider concerned.",
				incident.TaskSecureEvidence: "We have secured the evidence.",
				incident.TaskAskVendor:      "We have asked the provider for the facts that are still missing.",
				incident.TaskReviewVendors:  "We have reviewed the other providers that receive personal data.",
			},
		},
		"es": {
			contact: "Delegado de protección de datos",
			nature:  "Una persona no autorizada obtuvo un fichero con datos personales. Sus datos están en ese fichero.",
			consequences: []string{
				"Alguien podría escribirle o llamarle haciéndose pasar por nosotros y usar lo que sabe de usted para parecer de confianza.",
				"Sus datos podrían relacionarse con otra información sobre usted.",
			},
			advice: []string{
				"Desconfíe de los mensajes y llamadas que no espera, aunque conozcan su nombre.",
				"Compruebe el dominio del remitente y escriba usted mismo la dirección de nuestra página.",
				"Active la verificación en dos pasos en su cuenta donde se ofrezca.",
				"No comparta nunca contraseñas, claves ni códigos: no se los pediremos.",
			},
			measures: map[string]string{
				incident.TaskCutIntegration: "Hemos detenido el envío de datos al proveedor afectado.",
				incident.TaskSecureEvidence: "Hemos asegurado las pruebas.",
				incident.TaskAskVendor:      "Hemos pedido al proveedor los datos que aún faltan.",
				incident.TaskReviewVendors:  "Hemos revisado a los demás proveedores que reciben datos personales.",
			},
		},
	}
}

// firstContent is a first draft of the notice from what is recorded.
func (s *server) firstContent(state *incident.State) notice.Content {
	d := state.Disclosure
	content := notice.Content{
		Vendor: d.Vendor, PageURL: s.Controller.PageURL, Email: s.Controller.Email, Phone: s.Controller.Phone,
		Locales: map[string]notice.Words{},
	}
	place := zoneOf(d.Zone)
	if !d.OccurredFrom.IsZero() {
		content.OccurredOn = d.OccurredFrom.In(place).Format("2006-01-02")
	}
	if !d.ReceivedAt.IsZero() {
		content.DiscoveredOn = d.ReceivedAt.In(place).Format("2006-01-02")
	}
	for language, w := range firstSentences() {
		words := notice.Words{ContactName: w.contact, Nature: []string{w.nature}, Consequences: w.consequences, Advice: w.advice}
		if name := s.Controller.ContactName[language]; name != "" {
			words.ContactName = name
		}
		for _, t := range state.Tasks {
			if text := w.measures[t.Code]; text != "" && !t.DoneAt.IsZero() {
				words.Measures = append(words.Measures, text)
			}
		}
		content.Locales[language] = words
	}
	return content
}

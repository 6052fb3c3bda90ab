package notice_test

import (
	"fmt"
	"time"

	"tocsin/notice"
	"tocsin/templates"
)

// A communication is composed and checked in one call; smtp.Conn.Send then
// takes the message as it is.
func ExampleComposer_Communication() {
	composer, err := notice.New(templates.Mail(), notice.Config{
		From: "notices@example.com", FromName: "Example Platform", Controller: "Example Platform, S.A.",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	id, err := notice.MessageID([]byte("a key of 16 bytes or more"), "example.com", "incident-7", "person-3", "1")
	if err != nil {
		fmt.Println(err)
		return
	}
	envelope := notice.Envelope{To: "ana@example.org", MessageID: id, Date: time.Date(2025, 11, 27, 9, 0, 0, 0, time.UTC)}
	message, err := composer.Communication(envelope, notice.Communication{
		Locale: "es-ES", PersonName: "Ana López",
		Contact:      notice.Contact{Name: "Delegada de protección de datos", Email: "dpo@example.com"},
		Nature:       "Una persona no autorizada exportó un conjunto de datos de nuestro proveedor de analítica.",
		DataKinds:    []string{"name", "email"},
		Consequences: []string{"Puede recibir mensajes engañosos."},
		Measures:     []string{"Hemos retirado a este proveedor de nuestro servicio."},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(message.To)
	fmt.Println(message.Subject)
	// Output:
	// ana@example.org
	// Una brecha de seguridad ha afectado a sus datos personales (Example Platform, S.A.)
}

// A round is checked once and then written person by person, into one buffer.
func ExampleComposer_Round() {
	composer, err := notice.New(templates.Mail(), notice.Config{From: "notices@example.com", Controller: "Example Platform, S.A."})
	if err != nil {
		fmt.Println(err)
		return
	}
	content := notice.Content{
		Template: notice.TemplateAffected, Email: "dpo@example.com", AdviceByKind: true,
		PageURL: "https://www.example.com/incident", VerifyURL: "https://www.example.com/incident/check",
		Locales: map[string]notice.Words{"de": {
			ContactName:  "Datenschutzbeauftragte",
			Nature:       []string{"Eine unbefugte Person hat eine Datei unseres Dienstleisters exportiert."},
			Consequences: []string{"Sie könnten irreführende Nachrichten erhalten."},
			Measures:     []string{"Wir haben den Dienstleister entfernt."},
		}},
	}
	round, err := composer.Round(content, false, []string{"name", "email"})
	if err != nil {
		fmt.Println(err)
		return
	}
	key := []byte("a key of 16 bytes or more")
	var buffer []byte
	for _, person := range []string{"person-3", "person-4"} {
		id, err := notice.MessageID(key, "example.com", "incident-7", person, "1")
		if err != nil {
			fmt.Println(err)
			return
		}
		message, err := round.Message(buffer,
			notice.Envelope{To: person + "@example.org", MessageID: id, Date: time.Date(2025, 11, 27, 9, 0, 0, 0, time.UTC)},
			notice.Recipient{Locale: "de-AT", Name: "Zoë Müller", Kinds: []string{"email"}, Code: notice.Code(key, "incident-7", person)})
		if err != nil {
			fmt.Println(err) // a *PersonError concerns this person alone
			continue
		}
		fmt.Println(message.To, "–", message.Subject)
		buffer = message.Bytes
	}
	fmt.Println("not reviewed by a speaker:", composer.Unreviewed("de"))
	// Output:
	// person-3@example.org – Eine Datenschutzverletzung betrifft Ihre personenbezogenen Daten (Example Platform, S.A.)
	// person-4@example.org – Eine Datenschutzverletzung betrifft Ihre personenbezogenen Daten (Example Platform, S.A.)
	// not reviewed by a speaker: [de]
}

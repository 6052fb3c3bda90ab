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

package wording

// calendarTexts are the texts of the calendar of deadlines: English, which is the key
// too, and Spanish.
func calendarTexts() [][3]string {
	return said([][2]string{
		{"The address of your calendar, shown this once", "La dirección de su calendario, que se muestra esta única vez"},
		{"Copy it now. Whoever has it sees numbers of cases, duties and limits, without a password: give it to your own calendar alone.", "Cópiela ahora. Quien la tenga ve números de casos, obligaciones y plazos, sin contraseña: désela solo a su propio calendario."},
		{"The new address stands at the top of this page.", "La dirección nueva está al principio de esta página."},
		{"It was shown once. Lost it, or might somebody else have it? Replace it: the old one opens nothing from then on, and you subscribe to the new one.", "Se mostró una sola vez. ¿La ha perdido, o puede tenerla otra persona? Sustitúyala: la antigua deja de abrir nada y usted se suscribe a la nueva."},
		{"How to subscribe to it", "Cómo suscribirse"},
		{"In the calendar choose “Add calendar”, then “Subscribe from web”, and paste the address.", "En el calendario elija «Agregar calendario», luego «Suscribirse desde la web», y pegue la dirección."},
		{"On a computer, press the plus beside “Other calendars”, choose “From URL” and paste the address.", "En un ordenador, pulse el signo más junto a «Otros calendarios», elija «Desde URL» y pegue la dirección."},
		{"On a Mac: File, “New Calendar Subscription”. On an iPhone: in the app Calendar choose “Calendars”, “Add Calendar”, “Add Subscription Calendar”.", "En un Mac: Archivo, «Nueva suscripción a calendario». En un iPhone: en la app Calendario elija «Calendarios», «Añadir calendario», «Añadir calendario por suscripción»."},
		{"The calendar looks again by itself, with some services only once a day, and the service has to reach this server. Do not rely on it alone: the reminders of Tocsin come by mail.", "El calendario vuelve a consultarla por sí solo, en algunos servicios solo una vez al día, y el servicio tiene que poder llegar a este servidor. No confíe solo en él: los avisos de Tocsin llegan por correo."},
	})
}

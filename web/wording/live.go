package wording

// liveTexts are the texts of a page that is brought up to date while it is open:
// English, which is the key too, and Spanish.
func liveTexts() [][3]string {
	return said([][2]string{
		{"This page has just been brought up to date.", "Esta página se acaba de actualizar."},
		{"Something here has changed. What you are working on was kept; load the page again to see all of it.", "Algo ha cambiado aquí. Se ha conservado aquello en lo que está trabajando; cargue de nuevo la página para verlo todo."},
		{"You are no longer signed in here. What you have written is still on this page; sign in again in another window before you send it.", "Ya no tiene la sesión iniciada aquí. Lo que ha escrito sigue en esta página; inicie sesión de nuevo en otra ventana antes de enviarlo."},
	})
}

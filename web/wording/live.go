package wording

// liveTexts are the texts of a page that is brought up to date while it is open:
// English, which is the key too, and Spanish.
func liveTexts() [][3]string {
	return said([][2]string{
		{"This page has just been brought up to date.", "Esta página se acaba de actualizar."},
		{"Something here has changed. What you typed is kept, and you can send it as it is. Loading the page again shows the change, but loses what you typed.", "Algo ha cambiado aquí. Lo que ha escrito se conserva y puede enviarlo tal cual. Cargar de nuevo la página muestra el cambio, pero pierde lo que ha escrito."},
		{"You are no longer signed in here. What you have written is still on this page; sign in again in another window before you send it.", "Ya no tiene la sesión iniciada aquí. Lo que ha escrito sigue en esta página; inicie sesión de nuevo en otra ventana antes de enviarlo."},
	})
}

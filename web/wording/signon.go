package wording

// signOnTexts are the texts of single sign-on: English, which is the key too, and
// Spanish.
func signOnTexts() [][3]string {
	return said([][2]string{
		{"Sign in through %s", "Iniciar sesión con %s"},
		{"Without %s", "Sin %s"},
		{"Here everybody signs in through %s. A password or a passkey is for a DPO with a second factor, when %s is away.",
			"Aquí todos inician sesión con %s. La contraseña o la clave de acceso es para un DPD con segundo factor, cuando %s no responde."},
		{"Your account at %s", "Su cuenta en %s"},
		{"Linked on %s.", "Vinculada el %s."},
		{"Last used: %s.", "Último uso: %s."},
		{"Link it, and you sign in here through %s. It is linked by what %s calls you for ever, not by your e-mail address.",
			"Vincúlela e iniciará sesión aquí con %s. Se vincula por la identidad permanente que le da %s, no por su correo."},
		{"Link it", "Vincularla"},
		{"Remove the link", "Quitar el vínculo"},
		{"You signed in within the last ten minutes: then no password is asked for. Else sign in anew.",
			"Si inició sesión hace menos de diez minutos, no se pide contraseña. Si no, vuelva a iniciarla."},
		{"On to %s", "Continuar a %s"},
		{"There you show who you are. Then you come back here by yourself. Do it within five minutes.",
			"Allí demuestra quién es y después vuelve aquí automáticamente. Hágalo antes de cinco minutos."},
		{"Or use your account at %s, without a password here:", "O use su cuenta en %s, sin contraseña aquí:"},
		{"%s does not answer just now. Use another way to sign in, or try again in a minute.", "%s no responde ahora. Inicie sesión de otra forma o inténtelo de nuevo en un minuto."},
		{"%s did not confirm an account that is known here. Try again. The first time, use the link of your invitation, or sign in as before and link your account on the page of the ways to sign in.",
			"%s no ha confirmado ninguna cuenta conocida aquí. Inténtelo de nuevo. La primera vez, use el enlace de su invitación, o entre como antes y vincule su cuenta en la página de las formas de iniciar sesión."},
		{"Nothing was linked: this account, or the one at %s, is linked already. Remove that link first.", "No se ha vinculado nada: esta cuenta, o la de %s, ya está vinculada. Quite antes ese vínculo."},
		{"Linked. From now on %s opens your account here.", "Vinculada. Desde ahora %s abre su cuenta aquí."},
		{"The link was removed. %s opens nothing here any more.", "El vínculo se ha quitado. %s ya no abre nada aquí."},
	})
}

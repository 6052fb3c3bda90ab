package web

// accountTexts are the texts of signing in and of the own account: English,
// which is the key too, and Spanish.
func accountTexts() [][3]string {
	return said([][2]string{
		{"Sign in", "Iniciar sesión"},
		{"E-mail", "Correo electrónico"},
		{"Password", "Contraseña"},
		{"No password, or forgotten? Ask the DPO or your administrator for an account.", "¿Sin contraseña, o la ha olvidado? Pida una cuenta al DPD o a su administrador."},
		{"Your code", "Su código"},
		{"Open the app in which you set up the second factor, and give the six digits that it shows for Tocsin.", "Abra la aplicación en la que configuró el segundo factor y escriba las seis cifras que muestra para Tocsin."},
		{"Code", "Código"},
		{"Go on", "Continuar"},
		{"Device lost? Give one of your recovery codes instead. None left? The DPO or your administrator can reset your account.", "¿Ha perdido el dispositivo? Escriba uno de sus códigos de recuperación. ¿No le queda ninguno? El DPD o su administrador pueden restablecer su cuenta."},
		{"Too many failed attempts. Try again in %s.", "Demasiados intentos fallidos. Inténtelo de nuevo en %s."},
		{"E-mail or password is wrong. Try again, or ask your administrator for a new password.", "El correo o la contraseña no son correctos. Inténtelo de nuevo o pida una contraseña nueva a su administrador."},
		{"That code is wrong, or was used already. Wait for the next one, or give a recovery code.", "Ese código es erróneo o ya se usó. Espere al siguiente o escriba un código de recuperación."},
	})
}

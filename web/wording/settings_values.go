package wording

import "tocsin/incident"

// settingValueTexts are the texts of the settings that people change: key,
// English, Spanish.
func settingValueTexts() [][3]string {
	return [][3]string{
		{"setting_from_now", "What is changed here counts for incidents that are reported from then on. What was recorded, and the cases that there are, stay as they are. Each change is recorded with who made it.",
			"Lo que se cambia aquí vale para los incidentes que se comuniquen desde entonces. Lo registrado y los casos existentes quedan como están. Cada cambio se registra con quien lo hizo."},
		{"setting_group_controller", "The controller", "El responsable del tratamiento"},
		{"setting_group_retention", "How long people's data are kept", "Cuánto se conservan los datos de las personas"},
		{"setting_group_languages", "Languages", "Idiomas"},
		{"setting_where_controller", "This stands in notifications and notices. Until the DPO changes it here, it comes from the file that TOCSIN_CONTROLLER_FILE names. The address that sends is set by whoever runs Tocsin: TOCSIN_MAIL_FROM.",
			"Figura en notificaciones y avisos. Mientras el DPD no lo cambie aquí, viene del fichero que nombra TOCSIN_CONTROLLER_FILE. La dirección que envía la fija quien administra Tocsin: TOCSIN_MAIL_FROM."},
		{"setting_where_retention", "Each case records what held for it, and can have another time on its page Retention. Until the DPO changes it here, TOCSIN_RETENTION_DAYS and TOCSIN_RETENTION_WARN_DAYS count.",
			"Cada caso registra lo que valía para él y puede tener otro plazo en su página Conservación. Mientras el DPD no lo cambie aquí, valen TOCSIN_RETENTION_DAYS y TOCSIN_RETENTION_WARN_DAYS."},
		{"setting_where_languages", "The DPO or an administrator changes these.", "Los cambia el DPD o un administrador."},
		{"setting_change", "Change", "Cambiar"}, {"setting_save", "Save", "Guardar"},
		{"setting_saved", "Saved. It counts for incidents that are reported from now on.", "Guardado. Vale para los incidentes que se comuniquen desde ahora."},
		{"setting_nothing", "nothing", "nada"},
		{"setting_never", "nothing is erased until somebody decides it for a case", "nada se suprime hasta que alguien lo decida en un caso"},
		{"setting_controller_name", "Name", "Nombre"}, {"setting_controller_address", "Postal address", "Dirección postal"},
		{"setting_contact_name", "Contact point", "Punto de contacto"}, {"setting_contact_email", "E-mail", "Correo"},
		{"setting_contact_phone", "Telephone", "Teléfono"}, {"setting_controller_page_url", "Page about incidents", "Página sobre incidentes"},
		{"setting_retention_days", "Days after a case is closed", "Días tras el cierre de un caso"},
		{"setting_retention_warn_days", "Warnings before, in days", "Avisos previos, en días"},
		{"setting_days_hint", "%s to %s, or none: then nothing is erased until somebody decides it for a case.",
			"De %s a %s, o none: entonces nada se suprime hasta que alguien lo decida en un caso."},
		{"setting_warn_hint", "Such as 30, 7, 1.", "Por ejemplo 30, 7, 1."},
		{"setting_language_notices", "Language of notices to people whose own is missing", "Idioma de los avisos a quien no tiene el suyo"},
		{"setting_language_accounts", "Language of new accounts", "Idioma de las cuentas nuevas"},
		{"setting_factor", "Second factor", "Segundo factor"},
		{"setting_factor_why", "The DPO can demand one of whole roles, from a day on.", "El DPD puede exigirlo a roles enteros, desde un día."},
		{"setting_factor_link", "See or change of whom it is demanded", "Ver o cambiar a quién se exige"},
		{"setting_changes", "What was changed", "Qué se ha cambiado"},
		{"setting_operators", "Set up by whoever runs Tocsin: %s.", "Puesto por quien administra Tocsin: %s."},
		{"setting_back", "Go back to it", "Volver a ese valor"},
		{"setting_returned", "The value that whoever runs Tocsin set up counts again, for incidents that are reported from now on.",
			"Vuelve a valer lo que puso quien administra Tocsin, para los incidentes que se comuniquen desde ahora."},
		{"setting_from_back", "Before: %s. Now again as whoever runs Tocsin set it up, then: %s.", "Antes: %s. Ahora otra vez lo que puso quien administra Tocsin, entonces: %s."},
		{"setting_from_to", "Before: %s. Now: %s.", "Antes: %s. Ahora: %s."},

		{"event_" + incident.EvSettingChanged, "Setting changed", "Ajuste cambiado"},
	}
}

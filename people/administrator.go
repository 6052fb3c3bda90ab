package people

import "slices"

// administratorField is the field of a file of accounts that says who
// administers the organisation. A file of people affected has none: what a
// vendor calls a role is not the controller's word.
func administratorField() field {
	return field{"admin", "employment", func(p *Person, v string) { p.Admin = isAdministrator(v) }}
}

// administratorNames are the names of columns that mean it, as [columnKey]
// writes them.
func administratorNames() []string {
	return []string{
		"admin", "isadmin", "administrator", "isadministrator", "accountadmin", "orgadmin", "organisationadmin", "organizationadmin",
		"owner", "isowner", "role", "userrole", "accountrole", "administrador", "administrateur", "rol", "rolle", "ruolo", "funcao", "papel",
	}
}

// isAdministrator reads a value of that column. What is not surely a yes is a
// no: a wrong yes would tell a stranger about an organisation.
func isAdministrator(value string) bool {
	return slices.Contains([]string{
		"1", "true", "t", "yes", "y", "x", "si", "sim", "oui", "ja", "tak",
		"admin", "administrator", "administrador", "administradora", "administrateur", "administratrice", "amministratore", "beheerder",
		"owner", "orgadmin", "organisationadmin", "organizationadmin", "accountadmin", "accountowner", "superadmin",
	}, columnKey(value))
}

package people

// Person is one affected person as the vendor's file describes them. All of it
// is personal data.
type Person struct {
	// Line is the number of the line in the file on which the row starts,
	// counted from 1; the line of column names is usually 1.
	Line int
	// Name is the name as the vendor wrote it, spaces collapsed. May be empty.
	Name string
	// Email is the address as the vendor wrote it, without spaces around it and
	// with a lower-case domain. May be empty. Compare addresses by
	// [NormalizeEmail].
	Email string
	// Undeliverable says why no mail can reach the person, without personal
	// data: "no address", or the words of Options.CheckEmail. Empty when mail
	// can.
	Undeliverable string
	// Country is the ISO 3166-1 alpha-2 code; empty when the file names none
	// or one that is not recognised.
	Country string
	// City is the city as the vendor wrote it. May be empty.
	City string
	// Region is the state, province or region as the vendor wrote it. May be
	// empty.
	Region string
	// Locale is the language tag as the vendor wrote it, such as "es-ES". May
	// be empty. The language of the notice follows from [Locale].
	Locale string
	// UserID is the id of the person's account at the controller. May be empty.
	UserID string
	// Organisation is the id or name of the organisation that the account
	// belongs to. May be empty.
	Organisation string
	// Browser is the browser that the vendor saw. May be empty.
	Browser string
	// System is the operating system that the vendor saw. May be empty.
	System string
	// Referrer is the referring website that the vendor saw. May be empty.
	Referrer string
	// Kinds are the keys of the kinds of data that the row exposes, after
	// gdpr.DataKinds, without repetition and in a fixed order.
	Kinds []string
}

// field names one place of a Person that a column may fill.
type field struct {
	name    string
	kind    string
	aliases []string
	set     func(*Person, string)
}

// ignored is the field name by which Options.Map leaves a column out.
const ignored = "-"

// fields are the places that columns fill, in the order of Person.Kinds. The
// aliases are column names in the form that columnKey gives.
func fields() []field {
	return []field{
		{"name", "name", []string{"name", "displayname", "fullname", "contactname", "nombre", "nombrecompleto", "nombreyapellidos"},
			func(p *Person, v string) { p.Name = v }},
		{"given_name", "name", []string{"givenname", "firstname", "forename", "nombrepila"},
			func(p *Person, v string) { p.Name = joinNames(v, p.Name) }},
		{"family_name", "name", []string{"familyname", "lastname", "surname", "apellido", "apellidos"},
			func(p *Person, v string) { p.Name = joinNames(p.Name, v) }},
		{"email", "email", []string{"email", "emailaddress", "mail", "mailaddress", "useremail", "contactemail", "correo", "correoelectronico", "direcciondecorreo"},
			func(p *Person, v string) { p.Email = tidyEmail(v) }},
		{"country", "location", []string{"country", "countrycode", "mpcountrycode", "pais"},
			func(p *Person, v string) { p.Country = CountryCode(v) }},
		{"region", "location", []string{"region", "state", "province", "provincia", "comunidad"},
			func(p *Person, v string) { p.Region = v }},
		{"city", "location", []string{"city", "town", "ciudad", "localidad"},
			func(p *Person, v string) { p.City = v }},
		{"locale", "locale", []string{"locale", "language", "lang", "idioma"},
			func(p *Person, v string) { p.Locale = v }},
		{"user_id", "user_id", []string{"userid", "distinctid", "accountid", "uid", "idusuario"},
			func(p *Person, v string) { p.UserID = v }},
		{"organisation", "organisation", []string{"organisation", "organization", "orgid", "org", "organisationid", "organizationid", "company", "companyid", "empresa", "organizacion"},
			func(p *Person, v string) { p.Organisation = v }},
		{"browser", "browser", []string{"browser", "useragent", "navegador"},
			func(p *Person, v string) { p.Browser = v }},
		{"system", "browser", []string{"os", "operatingsystem", "system", "platform", "sistemaoperativo"},
			func(p *Person, v string) { p.System = v }},
		{"referrer", "referrer", []string{"referrer", "referer", "initialreferrer", "referringsite", "referringdomain", "procedencia"},
			func(p *Person, v string) { p.Referrer = v }},
		// Kinds that a notice must name and that Tocsin does not keep: only the
		// fact that the row exposes them is handed on.
		{"phone", "phone", []string{"phone", "phonenumber", "mobile", "telephone", "telefono", "movil"}, nil},
		{"address", "address", []string{"address", "street", "postaladdress", "postcode", "zip", "zipcode", "direccion"}, nil},
		{"birth_date", "birth_date", []string{"birthdate", "dateofbirth", "dob", "birthday", "fechanacimiento", "fechadenacimiento"}, nil},
		{"national_id", "national_id", []string{"nationalid", "dni", "nie", "nif", "passport"}, nil},
		{"ip_address", "ip_address", []string{"ip", "ipaddress", "direccionip"}, nil},
		{"bank_account", "bank_account", []string{"iban", "bankaccount", "accountnumber", "cuentabancaria"}, nil},
		{"card", "card", []string{"card", "cardnumber", "creditcard", "pan", "tarjeta"}, nil},
		{"password", "password", []string{"password", "contrasena"}, nil},
		{"password_hash", "password_hash", []string{"passwordhash", "hashedpassword"}, nil},
	}
}

func joinNames(given, family string) string {
	switch {
	case given == "":
		return family
	case family == "":
		return given
	default:
		return given + " " + family
	}
}

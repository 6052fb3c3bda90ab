package people

import "regexp"

// The looks of values, for [Analyze].
var (
	passwordHash       = regexp.MustCompile(`^(\$(2[abxy]?|1|5|6|y|7|argon2(i|d|id)|pbkdf2[a-z0-9-]*|scrypt|apr1|P|H)\$.{8,}|pbkdf2_sha\d+\$\d+\$.+|\{S?(SHA|MD5|SHA256|SHA512|CRYPT)\}.{8,})$`)
	hexadecimal        = regexp.MustCompile(`^([0-9a-f]+|[0-9A-F]+)$`)
	providerToken      = regexp.MustCompile(`^(eyJ[\w-]+\.[\w-]+\.[\w-]*|(sk|pk|rk)[-_](live|test|proj)?[-_]?[\w-]{16,}|gh[pousr]_\w{20,}|github_pat_\w+|xox[abpr]-[\w-]+|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|glpat-[\w-]{15,}|Bearer .{16,})$`)
	base64Text         = regexp.MustCompile(`^[\w+/=-]+$`)
	otherAgent         = regexp.MustCompile(`^(Opera|Dalvik|okhttp|curl|PostmanRuntime|python-requests)/[\d.]+`)
	webAddress         = regexp.MustCompile(`^(?i)https?://[^\s/]+\.[^\s]+$`)
	picture            = regexp.MustCompile(`(?i)^https?://\S+\.(jpe?g|png|gif|webp|svg)(\?\S*)?$`)
	coordinate         = regexp.MustCompile(`^[-+]?\d{1,3}\.\d{4,}([,; ]+[-+]?\d{1,3}\.\d{4,})?$`)
	diagnosis          = regexp.MustCompile(`^[A-TV-Z]\d{2}\.\d{1,2}$`)
	localeTag          = regexp.MustCompile(`^(bg|cs|da|de|el|en|es|et|fi|fr|ga|hr|hu|is|it|lt|lv|mt|nb|nl|nn|no|pl|pt|ro|ru|sk|sl|sr|sv|tr|uk|ca|eu|gl|ar|zh|ja|ko)([-_][A-Za-z]{2,4})?$`)
	countryCode        = regexp.MustCompile(`^(AD|AE|AR|AT|AU|BE|BG|BR|CA|CH|CL|CN|CO|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|GR|HR|HU|IE|IL|IN|IS|IT|JP|KR|LI|LT|LU|LV|MA|MT|MX|NL|NO|NZ|PE|PL|PT|RO|RS|RU|SE|SG|SI|SK|TR|UA|UK|US|UY|VE|ZA)$`)
	internationalPhone = regexp.MustCompile(`^(\+|00)[1-9][\d ().\-/]{6,20}$`)
	nationalPhone      = regexp.MustCompile(`^(\(?0[\d ().\-/]+|\(?\d{2,4}\)?[ .\-]\d[\d .\-]+|[679]\d{8})$`)
	uuid               = regexp.MustCompile(`^(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	street             = regexp.MustCompile(`(?i)(\b(street|st|road|rd|avenue|ave|lane|drive|calle|c/|avenida|avda|plaza|paseo|rue|boulevard|place|via|viale|piazza|rua|weg|platz|allee|ulica|ul|laan|plein|straat)\b|stra(ss|ß)e\b|str\.|straat\b|gatan\b|katu\b|vej\b)`)
	personName         = regexp.MustCompile(`^\p{Lu}[\p{L}\p{M}'’.-]*( (de|del|la|van|von|der|den|da|di|do|dos|y|e|\p{Lu}[\p{L}\p{M}'’.-]*)){1,4}$`)
	codiceFiscale      = regexp.MustCompile(`^[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]$`)
	ppsNumber          = regexp.MustCompile(`^\d{7}[A-W][A-IW]?$`)
	finnishNumber      = regexp.MustCompile(`^\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]$`)
	swedishNumber      = regexp.MustCompile(`^(\d{2})?\d{6}[-+]\d{4}$`)
	danishNumber       = regexp.MustCompile(`^\d{6}-\d{4}$`)
)

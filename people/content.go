package people

import (
	"net/netip"
	"strings"
	"time"
)

// likeness recognises what a column holds by its values.
type likeness struct {
	// field is the field that such a column fills.
	field string
	// confidence is how sure the likeness is when every value has it, in
	// percent.
	confidence int
	// what names the values, in words that follow "look like".
	what string
	// is reports whether a value has the likeness.
	is func(string) bool
}

// likenesses are tried on every column; what is checked by a sum comes first.
func likenesses() []likeness {
	return []likeness{
		{"email", 97, "e-mail addresses", isAddressLike},
		{"bank_account", 97, "IBANs with the right checksum", isIBAN},
		{"card", 96, "card numbers with the right checksum", isCard},
		{"password_hash", 97, "password hashes", isPasswordHash},
		{"access_token", 93, "access tokens or keys", isToken},
		{"ip_address", 96, "IP addresses", isIP},
		{"national_id", 92, "national identity numbers with the right checksum", isNationalID},
		{"browser", 92, "user agents of browsers", isUserAgent},
		{"browser", 85, "browsers", oneOf("chrome firefox safari edge opera brave vivaldi chromium samsunginternet mobilesafari internetexplorer")},
		{"system", 85, "operating systems", oneOf("windows macos macosx linux ios android ubuntu chromeos ipados freebsd debian fedora windows10 windows11")},
		{"image", 80, "addresses of pictures", isPicture},
		{"referrer", 75, "web addresses", isWebAddress},
		{"precise_location", 75, "coordinates", isCoordinate},
		{"health", 80, "codes of diagnoses (ICD-10)", isDiagnosis},
		{"locale", 85, "languages", isLocale},
		{"country", 85, "countries", isCountry},
		{"gender", 75, "genders", oneOf("m f d male female diverse man woman hombre mujer varon femenino masculino homme femme mann frau maschio femmina nonbinary")},
		{"phone", 85, "telephone numbers", isInternationalPhone},
		{"phone", 60, "telephone numbers", isNationalPhone},
		{"birth_date", 55, "dates of birth", isBirthDate},
		{"user_id", 65, "unique ids (UUID)", isUUID},
		{"password_hash", 55, "hashes or ids in hexadecimal", isHexHash},
		{"access_token", 55, "long random texts", isRandom},
		{"address", 65, "postal addresses", isStreet},
		{"name", 55, "names of people", isNameLike},
	}
}

// isCertainlyData reports whether a cell of the first line is a value, which
// no name of a column looks like.
func isCertainlyData(cell string) bool {
	return isIP(cell) || isIBAN(cell) || isCard(cell) || isUUID(cell) || isWebAddress(cell) || isDate(cell) ||
		isInternationalPhone(cell) || isNationalID(cell)
}

func isAddressLike(value string) bool {
	at := strings.LastIndexByte(value, '@')
	return at > 0 && strings.IndexByte(value[at:], '.') > 1 && !strings.Contains(value, "://")
}

func isIP(value string) bool {
	address, err := netip.ParseAddr(value)
	return err == nil && address.Zone() == ""
}

// isPasswordHash knows the forms in which systems store hashed passwords.
func isPasswordHash(value string) bool {
	return passwordHash.MatchString(value)
}

// isHexHash knows the lengths of MD5, SHA-1 and SHA-2 in hexadecimal.
func isHexHash(value string) bool {
	switch len(value) {
	case 32, 40, 56, 64, 96, 128:
		return hexadecimal.MatchString(value) && strings.ContainsAny(value, "abcdefABCDEF")
	}
	return false
}

// isToken knows the beginnings that providers give to their keys, and JWT.
func isToken(value string) bool {
	return providerToken.MatchString(value)
}

func isRandom(value string) bool {
	return len(value) >= 24 && base64Text.MatchString(value) && strings.ContainsAny(value, "0123456789") && strings.ContainsAny(value, "abcdefghijklmnopqrstuvwxyz") && strings.ContainsAny(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

func isUserAgent(value string) bool {
	return strings.HasPrefix(value, "Mozilla/") || otherAgent.MatchString(value)
}

func isWebAddress(value string) bool { return webAddress.MatchString(value) }

func isPicture(value string) bool {
	return picture.MatchString(value) || strings.HasPrefix(value, "data:image/")
}

func isCoordinate(value string) bool {
	return coordinate.MatchString(value)
}

func isDiagnosis(value string) bool { return diagnosis.MatchString(value) }

// isLocale takes a language in lower case, alone or with a region.
func isLocale(value string) bool {
	return localeTag.MatchString(value)
}

// isCountry takes a code in upper case or a name that is known.
func isCountry(value string) bool {
	if len(value) == 2 {
		return countryCode.MatchString(value)
	}
	return len(value) > 2 && CountryCode(value) != ""
}

func isInternationalPhone(value string) bool {
	return internationalPhone.MatchString(value) && digitsIn(value) >= 8 && digitsIn(value) <= 17
}

// isNationalPhone takes numbers with separators or a leading zero: digits alone
// may as well be an id.
func isNationalPhone(value string) bool {
	n := digitsIn(value)
	return n >= 7 && n <= 12 && nationalPhone.MatchString(value) && !isDate(value)
}

func isUUID(value string) bool {
	return uuid.MatchString(value)
}

func isDate(value string) bool { return yearOf(value) > 0 }

func isBirthDate(value string) bool {
	year := yearOf(value)
	return year >= 1900 && year <= 2015
}

// yearOf returns the year of a date without time, 0 for anything else.
func yearOf(value string) int {
	for _, layout := range []string{"2006-01-02", "02/01/2006", "01/02/2006", "02.01.2006", "02-01-2006", "2006/01/02"} {
		if day, err := time.Parse(layout, value); err == nil {
			return day.Year()
		}
	}
	return 0
}

func isStreet(value string) bool {
	return strings.ContainsAny(value, "0123456789") && street.MatchString(value)
}

// isNameLike takes two to four words that begin with a capital.
func isNameLike(value string) bool {
	return personName.MatchString(value)
}

// oneOf returns a likeness of a few words, compared as names of columns are.
func oneOf(list string) func(string) bool {
	return func(value string) bool {
		key := columnKey(value)
		if key == "" {
			return false
		}
		for word := range strings.FieldsSeq(list) {
			if word == key {
				return true
			}
		}
		return false
	}
}

func digitsIn(value string) int {
	n := 0
	for i := range len(value) {
		if value[i] >= '0' && value[i] <= '9' {
			n++
		}
	}
	return n
}

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
	// data: "no address", the words of Options.CheckEmail or those of
	// [CheckAddress]. Empty when mail can.
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
	// be empty. The language of the notice follows from it by [Locale].
	Locale string
	// Language is the language of the notice: [Locale] of the two.
	Language string
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
	// Admin says that the account administers its organisation; set by
	// Options.Accounts alone.
	Admin bool
	// Kinds are the keys of the kinds of data that the row exposes, after
	// gdpr.DataKinds, without repetition and in a fixed order. People share the
	// slice: do not change it.
	Kinds []string
	// EmailKey is what Email is compared by, made by Options.Keys; zero without
	// an address.
	EmailKey Key
	// UserKey is what UserID is compared by, made by Options.Keys; zero without
	// an id.
	UserKey Key
}

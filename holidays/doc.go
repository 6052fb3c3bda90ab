// Package holidays knows the national public holidays of the countries of the
// European Union and the European Economic Area, the United Kingdom (England
// and Wales) and Switzerland. It is the [gdpr.Calendar] by which the end of a
// period in days or months moves to a working day, by Reg. (EEC, Euratom)
// 1182/71 Art. 3(4).
//
// # What it promises
//
// It is pure and works offline: the days come from rules that are compiled in
// (github.com/rickar/cal), and the same place and day always give the same
// answer. It says so where it does not know: for another country, for
// Liechtenstein, which the rules lack, and for years outside of [FirstYear] to
// [LastYear].
//
// A day counts as a holiday only where it is one for the whole country, by the
// rules and by a second list (date-holidays) that was compared with them for
// 2024 to 2030, or by the law that corrections.go names. A holiday that is
// missing here makes a time limit end earlier than the law's; one too many
// would make it end later, and a duty would be missed. Days that are holidays
// in some regions or cantons, or by custom, are therefore left out.
//
// # What it must never do
//
// It must never move a period in hours, nor decide where a duty is to be done:
// that is the caller's. It must never be taken for a full list: regional and
// local holidays are not known here, and a holiday that was decreed after the
// rules were written is not either.
package holidays

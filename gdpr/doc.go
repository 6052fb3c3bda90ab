// Package gdpr is the law as dated data and pure functions: how long a duty
// leaves, to whom it is owed, which authority is which, how severe a breach is.
//
// # What it promises
//
// Each answer can be explained: every rule, regime, ladder, authority and kind
// of data carries its [Provenance], that is the text it comes from, the article,
// the dates between which it holds and the date on which somebody read it in
// the source. Where nobody has, VerifiedAt is empty and the user is told so.
//
// Every function is pure. The same arguments give the same answer on every
// machine, at any time and in any order, so workflows may call this package
// and replay it years later. The data is compiled in and cannot be changed at
// run time; what the functions return is a copy that the caller may keep.
//
// # What it must never do
//
// It must never read a clock, a file, an environment variable or a network. It
// must never change an old case: [Terms] are copied into an obligation when the
// obligation is created, so a later version of the data touches new
// obligations only. And it never decides: what it returns is a deadline or a
// recommendation, the decision and its reason belong to a person.
//
// Nothing here is legal advice.
package gdpr

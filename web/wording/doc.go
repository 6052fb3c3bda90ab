// Package wording is what the pages say, in English and in Spanish, and how they
// write numbers and instants.
//
// # What it is for
//
// Each area of the pages has a list of texts in a file of its own: a key, which may
// be the English text itself, English, Spanish. [For] gives the [Words] of a reader's
// language; a page asks them for a text by [Words.T]. An instant is written by
// [Words.At] with a mark around it, of which [WithInstants] makes a <time> element
// where one can stand. What the record holds in English is said in the reader's
// language by package translation; [Words.Said] and [Words.Refusal] pass it on.
//
// # What it promises
//
//   - No key stands in two lists, and none lacks a language.
//   - A key that nobody wrote shows itself between question marks, and a test finds it.
//
// # What it must never do
//
// Know a request, a page or the store. Decide what is said: pages do. Make markup of
// what somebody typed.
package wording

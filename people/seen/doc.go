// Package seen remembers which hashes were met before, with a few bits for
// each, in memory that has a limit.
//
// A file may list ten million people, each known by a hash of the address and
// one of the user id. [Set] keeps the hashes in a table that grows to
// [TableBytes] and no further. When the table is full its content is put away:
// sorted, as one more run, into a temporary file. Of a run the memory keeps a
// filter and an index, together about one and a half bytes per hash. A look-up asks the table,
// then the filter of each run, and reads one block of the file where a filter
// says "perhaps".
//
// # What it promises
//
// Nothing is forgotten and nothing is taken for something else, as far as the
// given hashes are different. The time of a look-up depends on the number of
// runs, not on what the hashes are: an attacker who chooses the input cannot
// choose where it lands, since every hash goes through a cipher whose key is
// random and lives as long as the set.
//
// The file is unlinked as soon as it is open, so nothing can open it by a name
// and the system frees it when the program ends, however it ends. What it holds is enciphered by the same
// key: whoever reads the disk afterwards learns nothing, not even with the key
// under which the hashes were made.
//
// # What it must never do
//
// It must never see an address, an id or anything else in clear.
package seen

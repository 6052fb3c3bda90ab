// Package siem hands entries of the record to who watches an installation: as
// syslog messages (RFC 5424) over TCP, or as lines of JSON in a file or on
// standard output.
//
// An entry travels as it stands in the log, with its place and its hash, so that
// what was received can be held against the record later. Entries name nobody.
//
// A receiver gets its entries in order and each at least once: Send returns
// without an error only when the receiver has them. Who calls keeps the place up
// to which they were taken, and hands the rest out again. This package knows
// neither that place nor the record.
package siem

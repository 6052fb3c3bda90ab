// Package system puts the rooms together into a running Tocsin: it reads the
// configuration and the keys, opens the store, the relay and the connection to
// Temporal, and runs the web server and the workers. The commands tocsin and
// tocsin-local share it.
//
// It must never hold a rule of the case, and never print a secret.
package system

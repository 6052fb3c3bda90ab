// Package local starts and stops the parts of tocsin-local in the right order:
// PostgreSQL, Temporal, the mail catcher, then Tocsin's workers and web server;
// and the other way round.
//
// It promises that a folder serves one process at a time, that everything
// listens on loopback, and that a folder that was left by kill -9 is taken up
// again. It must never be used to serve an organisation: docker-compose.yml is
// for that.
package local

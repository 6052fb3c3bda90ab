// Package ports finds free TCP ports on the loopback interface for servers
// that insist on opening their listener themselves.
//
// It promises that a port it names was free, that no other caller of this
// package in any process on the machine holds the same reservation at the same
// time, and that ports come from below the range the kernel hands to outgoing
// connections, so that a busy client cannot take one between Release and the
// server's own Listen.
//
// It must never bind anything but 127.0.0.1.
package ports

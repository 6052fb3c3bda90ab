package postgresserver

import "syscall"

// childAttributes: if this process dies by kill -9, the kernel asks PostgreSQL
// for a fast shutdown. Everything committed is on disk already; the shutdown
// only spares the next start its recovery.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
}

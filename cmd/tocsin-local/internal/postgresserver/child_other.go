//go:build unix && !linux

package postgresserver

import "syscall"

// childAttributes: other systems than Linux know no parent-death signal. There
// a PostgreSQL left over by a kill -9 is stopped at the next start.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

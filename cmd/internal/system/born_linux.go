package system

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// born is when the file system made a file, which no copy can bring along; empty
// where it does not say.
func born(path string) string {
	var s unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BTIME, &s); err != nil ||
		s.Mask&unix.STATX_BTIME == 0 || s.Btime.Sec == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%09d", s.Btime.Sec, s.Btime.Nsec)
}

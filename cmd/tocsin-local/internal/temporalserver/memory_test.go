package temporalserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// memory adds up resident and proportional memory of a process and all its
// descendants, in MB. Resident counts shared pages once per process.
func memory(t *testing.T, root int) string {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return "not known on this system"
	}
	parents := map[int]int{}
	for _, entry := range entries {
		process, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		parents[process] = int(field(filepath.Join("/proc", entry.Name(), "status"), "PPid:"))
	}
	var resident, proportional, own, processes int64
	for process := range parents {
		ancestor := process
		for ancestor != root && ancestor > 1 {
			ancestor = parents[ancestor]
		}
		if ancestor != root {
			continue
		}
		directory := filepath.Join("/proc", strconv.Itoa(process))
		kilobytes := field(filepath.Join(directory, "smaps_rollup"), "Rss:")
		resident += kilobytes
		proportional += field(filepath.Join(directory, "smaps_rollup"), "Pss:")
		if process == root {
			own = kilobytes
		}
		processes++
	}
	return fmt.Sprintf("%d MB resident, %d MB proportional in %d processes, of it %d MB resident in the Go process",
		resident/1024, proportional/1024, processes, own/1024)
}

func field(file, name string) int64 {
	content, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(content)) {
		if value, found := strings.CutPrefix(line, name); found {
			number, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			if err != nil {
				return 0
			}
			return number
		}
	}
	return 0
}

// Command counts reads the JSON events of go test. With --stream it prints a
// line per package and the output of whatever failed; with --total it prints
// one line of counts, and exits with 1 when a test failed or none ran.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64
}

func main() {
	stream := len(os.Args) > 1 && os.Args[1] == "--stream"
	counts := map[string]int{}
	output := map[string][]string{}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var e event
		if err := json.Unmarshal(in.Bytes(), &e); err != nil {
			if stream {
				fmt.Println(in.Text()) // the compiler's words
			}
			continue
		}
		name := e.Package + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			output[name] = append(output[name], e.Output)
		case "pass", "fail", "skip":
			if e.Test != "" {
				counts[e.Action]++
			} else if e.Action == "fail" {
				counts["package"]++
			}
			if stream {
				report(e, output[name])
			}
			delete(output, name)
		}
	}
	if stream {
		return
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", counts["pass"], max(counts["fail"], counts["package"]), counts["skip"])
	if counts["fail"] > 0 || counts["package"] > 0 || counts["pass"] == 0 {
		os.Exit(1)
	}
}

func report(e event, output []string) {
	switch {
	case e.Action == "fail":
		fmt.Print(strings.Join(output, ""))
		fmt.Printf("FAIL %s %s (%.1fs)\n", e.Package, e.Test, e.Elapsed)
	case e.Action == "skip" && e.Test != "":
		fmt.Printf("skip %s %s: %s\n", e.Package, e.Test, strings.Join(output, " "))
	case e.Test == "" && e.Action == "pass":
		fmt.Printf("ok   %s (%.1fs)\n", e.Package, e.Elapsed)
	}
}

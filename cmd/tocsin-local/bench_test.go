package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tocsin/cmd/tocsin-local/internal/play"
)

// The yardstick of a start is a start of PostgreSQL's own initdb, and of a
// command a bare GET of /healthz: both are printed beside the figures.

// BenchmarkFirstStart measures a start on an empty folder until it is ready.
func BenchmarkFirstStart(b *testing.B) {
	for b.Loop() {
		dir := folder(b)
		r := start(b, dir, "127.0.0.1:0")
		b.StopTimer()
		r.stop(b)
		b.StartTimer()
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/start")
}

// BenchmarkRestart measures a start on a folder that was left by kill -9.
func BenchmarkRestart(b *testing.B) {
	dir := folder(b)
	r := start(b, dir, "127.0.0.1:0")
	r.kill(b)
	for b.Loop() {
		r = start(b, dir, "127.0.0.1:0")
		b.StopTimer()
		r.kill(b)
		b.StartTimer()
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/start")
}

// BenchmarkIdleMemory measures the whole process tree, a minute after it was
// ready: the sum of resident sizes, which counts shared pages once per
// process, and the proportional sizes, which count them once.
func BenchmarkIdleMemory(b *testing.B) {
	dir := folder(b)
	r := start(b, dir, "127.0.0.1:0")
	defer r.stop(b)
	timer := time.NewTimer(time.Minute)
	<-timer.C
	resident, proportional := treeMemory(b, r.command.Process.Pid)
	b.ReportMetric(float64(resident)/1024, "MB-resident")
	b.ReportMetric(float64(proportional)/1024, "MB-proportional")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkCommand measures a command's durable answer with one client, by the
// number of commands that the case has had before, and what the process tree
// works for it, which a busy machine changes less.
func BenchmarkCommand(b *testing.B) {
	dir := folder(b)
	r := start(b, dir, "127.0.0.1:0")
	defer r.stop(b)
	c := api{b: b, url: r.url, by: firstAccount(b, dir)}
	id, given := c.open(time.Now().Add(-time.Hour), 0), 0
	give := func() {
		given++
		c.post("/api/v1/incidents/"+id+"/obligations/1/delay-reasons", map[string]any{"reasons": fmt.Sprint("reason ", given)})
	}
	for _, before := range []int{0, 300, 1000} {
		b.Run(fmt.Sprint("after ", before), func(b *testing.B) {
			for given < before {
				give()
			}
			var took, bare []time.Duration
			worked := treeTime(b, r.command.Process.Pid)
			for b.Loop() {
				began := time.Now()
				give()
				took = append(took, time.Since(began))
				began = time.Now()
				c.get("/healthz")
				bare = append(bare, time.Since(began))
			}
			worked = treeTime(b, r.command.Process.Pid) - worked
			b.ReportMetric(worked.Seconds()*1000/float64(b.N), "ms-processor")
			b.ReportMetric(quantile(took, 0.5).Seconds()*1000, "ms-median")
			b.ReportMetric(quantile(took, 0.99).Seconds()*1000, "ms-p99")
			b.ReportMetric(quantile(bare, 0.5).Seconds()*1000, "ms-bare-GET")
		})
	}
}

// BenchmarkOpening measures an opening's durable answer, by the number of
// duties that it opens, each with its own workflow.
func BenchmarkOpening(b *testing.B) {
	dir := folder(b)
	r := start(b, dir, "127.0.0.1:0")
	defer r.stop(b)
	c := api{b: b, url: r.url, by: firstAccount(b, dir)}
	further := []string{"nis2", "dora", "cra", "eidas", "eprivacy-611"}
	for _, duties := range []int{1, 3, 6} {
		b.Run(fmt.Sprint(duties, " duties"), func(b *testing.B) {
			var took, bare []time.Duration
			for b.Loop() {
				began := time.Now()
				c.open(began.Add(-time.Hour), 0, further[:duties-1]...)
				took = append(took, time.Since(began))
				began = time.Now()
				c.get("/healthz")
				bare = append(bare, time.Since(began))
			}
			b.ReportMetric(quantile(took, 0.5).Seconds()*1000, "ms-median")
			b.ReportMetric(quantile(took, 0.99).Seconds()*1000, "ms-p99")
			b.ReportMetric(quantile(bare, 0.5).Seconds()*1000, "ms-bare-GET")
		})
	}
}

// BenchmarkRungs measures how late the rungs of obligations ring that are due
// in the same minute, at three sizes.
func BenchmarkRungs(b *testing.B) {
	for _, obligations := range []int{25, 50, 100} {
		b.Run(fmt.Sprint(obligations), func(b *testing.B) { rungs(b, obligations) })
	}
}

func rungs(b *testing.B, obligations int) {
	dir := folder(b)
	r := start(b, dir, "127.0.0.1:0")
	defer r.stop(b)
	c := api{b: b, url: r.url, by: firstAccount(b, dir)}
	for range b.N {
		// The rung at 48 hours is due 24 hours after awareness: in the minute
		// that begins a while from now.
		due := time.Now().Add(time.Duration(obligations) * 150 * time.Millisecond).Add(10 * time.Second)
		var ids []string
		for n := range obligations {
			at := due.Add(time.Duration(n) * time.Minute / time.Duration(obligations))
			ids = append(ids, c.open(at.Add(-24*time.Hour), 0))
		}
		var late []time.Duration
		for _, id := range ids {
			late = append(late, c.lateness(id, due.Add(3*time.Minute)))
		}
		b.ReportMetric(quantile(late, 0.5).Seconds(), "s-late-median")
		b.ReportMetric(quantile(late, 0.99).Seconds(), "s-late-p99")
		b.ReportMetric(0, "ns/op")
	}
}

// api gives requests straight to the server.
type api struct {
	b   *testing.B
	url string
	by  play.Person
}

func (c api) open(aware time.Time, pace int, further ...string) string {
	d := map[string]any{
		"title": "Benchmark", "kind": "other", "received_at": aware.Format(time.RFC3339Nano), "zone": "Europe/Madrid",
		"authority": "AEPD", "personal_data": "yes",
		"awareness": map[string]any{"at": aware.Format(time.RFC3339Nano), "reason": "benchmark"},
	}
	var duties []map[string]string
	for _, regime := range further {
		duties = append(duties, map[string]string{"regime": regime, "reason": "benchmark"})
	}
	if len(duties) > 0 {
		d["obligations"] = duties
	}
	if pace > 0 {
		d["exercise"] = map[string]any{"pace": pace}
	}
	var answer struct{ ID string }
	c.decode(c.post("/api/v1/incidents", map[string]any{"disclosure": d}), &answer)
	return answer.ID
}

// lateness waits until the incident's first rung rang, and says how late.
func (c api) lateness(id string, limit time.Time) time.Duration {
	for time.Now().Before(limit) {
		var shown play.Case
		c.decode(c.get("/api/v1/incidents/"+id), &shown)
		for _, r := range shown.Obligations[0].Reminders {
			if r.Rung == "48h" {
				return r.FiredAt.Sub(r.DueAt)
			}
		}
		timer := time.NewTimer(500 * time.Millisecond)
		<-timer.C
	}
	c.b.Fatal("a rung did not ring")
	return 0
}

func (c api) get(path string) []byte { return c.do("GET", path, nil) }

func (c api) post(path string, body any) []byte {
	raw, err := json.Marshal(body)
	if err != nil {
		c.b.Fatal(err)
	}
	return c.do("POST", path, raw)
}

func (c api) do(method, path string, body []byte) []byte {
	request, err := http.NewRequestWithContext(c.b.Context(), method, c.url+path, bytes.NewReader(body))
	if err != nil {
		c.b.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.by.Token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.b.Fatal(err)
	}
	var out bytes.Buffer
	_, err = out.ReadFrom(response.Body)
	if err != nil || response.Body.Close() != nil || response.StatusCode >= 300 {
		c.b.Fatalf("%s %s: %s %s", method, path, response.Status, out.String())
	}
	return out.Bytes()
}

func (c api) decode(raw []byte, v any) {
	if err := json.Unmarshal(raw, v); err != nil {
		c.b.Fatal(err)
	}
}

func quantile(list []time.Duration, q float64) time.Duration {
	slices.Sort(list)
	return list[min(int(q*float64(len(list))), len(list)-1)]
}

// treeMemory sums the memory of a process and all below it, in kB.
func treeMemory(t testing.TB, root int) (resident, proportional int) {
	t.Helper()
	for _, pid := range processTree(t, root) {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			continue // it has ended
		}
		var rss, pss int
		for line := range strings.Lines(string(content)) {
			_, _ = fmt.Sscanf(line, "Rss: %d", &rss)
			_, _ = fmt.Sscanf(line, "Pss: %d", &pss)
		}
		resident, proportional = resident+rss, proportional+pss
	}
	return resident, proportional
}

// treeTime is the time that processors worked for a process and all below it, to
// a hundredth of a second.
func treeTime(t testing.TB, root int) time.Duration {
	t.Helper()
	var ticks int
	for _, pid := range processTree(t, root) {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // it has ended
		}
		// Behind the name, which may hold anything, the 12th and 13th field.
		fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
		for _, field := range fields[11:13] {
			n, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// processTree gives a process and all below it.
func processTree(t testing.TB, root int) []int {
	t.Helper()
	parents := map[int]int{}
	statuses, err := filepath.Glob("/proc/[0-9]*/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range statuses {
		var pid, parent int
		content, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		for line := range strings.Lines(string(content)) {
			_, _ = fmt.Sscanf(line, "Pid: %d", &pid)
			_, _ = fmt.Sscanf(line, "PPid: %d", &parent)
		}
		parents[pid] = parent
	}
	var tree []int
	for pid := range parents {
		for up := pid; up > 1; up = parents[up] {
			if up == root {
				tree = append(tree, pid)
				break
			}
		}
	}
	return tree
}

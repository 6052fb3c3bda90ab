package web

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"tocsin/incident"
)

func TestAnImportSaysHowFarItIs(t *testing.T) {
	h, _ := live(t)
	v := h.as(incident.RoleDPO, "officer1@example.com", "en")
	other := h.as(incident.RoleDeputy, "deputy1@example.com", "es")
	one := "/incidents/" + h.open()
	var file strings.Builder
	file.WriteString("email,name\n")
	for i := range 20_000 {
		fmt.Fprintf(&file, "person%d@example.com,Somebody\n", i)
	}
	looked := v.send(one+"/people/file", nil, "a.csv", file.String())
	shows(t, looked, `data-upload="Part of the file that was read"`, "{part} of the file is sent", "data-again")
	values := confirmation(looked.body)
	key := ""
	for _, value := range values {
		if value[0] == "key" {
			key = value[1]
		}
	}
	if path := one + "/people/reading/" + key; key == "" || !strings.Contains(looked.body, `data-reading="`+path+`"`) {
		t.Fatal("the form does not say where to ask how far it is")
	}
	follow := func(v *visitor) <-chan string {
		_, lines := h.stream(one+"/people/reading/"+key, "Cookie", v.cookieHeader())
		until(t, lines, "retry: 5000")
		return lines
	}
	lines, elsewhere := follow(v), follow(other)

	// The file halts half-way: the server has read the beginning and says so.
	comes, sends := io.Pipe()
	form := multipart.NewWriter(sends)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.server.URL+one+"/people/import", comes)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	ended := make(chan string, 1)
	go func() {
		response, err := v.http.Do(request)
		if err != nil {
			ended <- err.Error()
			return
		}
		body, err := io.ReadAll(response.Body)
		if err == nil {
			err = response.Body.Close()
		}
		ended <- fmt.Sprint(response.StatusCode, err, string(body))
	}()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, value := range values {
		must(form.WriteField(value[0], value[1]))
	}
	part, err := form.CreateFormFile("file", "a.csv")
	must(err)
	half := file.Len() / 2
	_, err = io.WriteString(part, file.String()[:half])
	must(err)
	// The stream tells it again and again: what is read of it last is half-way.
	told := until(t, lines, "rows with somebody in them were read")
	if strings.Contains(told, "person") || !strings.Contains(told, `<progress class="wide" max="100" value="`) {
		t.Errorf("half-way it is told as %q", told)
	}
	_, err = io.WriteString(part, file.String()[half:])
	must(err)
	must(form.Close())
	must(sends.Close())
	if end := <-ended; !strings.HasPrefix(end, "200") || !strings.Contains(end, "20,000") {
		t.Errorf("the import ended with %s", end)
	}
	until(t, lines, "event: over")
	until(t, lines, "")
	select {
	case line := <-elsewhere:
		if line != "" {
			t.Errorf("somebody else's page was told %q", line)
		}
	default:
	}
}

func TestHowFarAFileIsCountsItsBytes(t *testing.T) {
	one := &reading{size: 200}
	if _, err := io.ReadAll(one.through(strings.NewReader(strings.Repeat("x", 100)))); err != nil || one.percent() != 50 {
		t.Errorf("half of it is %d %% %v", one.percent(), err)
	}
	if one.read(); one.percent() != 100 {
		t.Errorf("its end is %d %%", one.percent())
	}
	unknown := &reading{size: -1}
	if _, err := unknown.Write([]byte("x")); err != nil || unknown.percent() != 0 {
		t.Errorf("a file of no known size is %d %%", unknown.percent())
	}
	for _, key := range []string{"a b", "../x", strings.Repeat("A", 65), "ñ"} {
		if _, err := keyOfForm(key); err == nil {
			t.Errorf("the key %q is taken", key)
		}
	}
}

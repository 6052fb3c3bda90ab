package web

import (
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/people"
	"tocsin/translation"
)

func TestTablesSpeakTheLanguageOfWhoTakesThemAway(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/people?name=a.csv", "email,name,organisation\nana@example.com,Ana,One\nbroken,Bo,One\n,Cleo,One\n")
	es := h.as(incident.RoleDPO, "lectora@example.com", "es")
	list := es.get("/incidents/" + id + "/people/untold").body
	for _, want := range []string{"nombre,correo,ciudad", "Bo,broken", "sin dirección utilizable", "no se puede enviar correo a la dirección: necesita un nombre y un dominio", "sin dirección"} {
		if !strings.Contains(list, want) {
			t.Errorf("no %q in\n%s", want, list)
		}
	}
	if api := h.must(incident.RoleDPO, "GET", "/api/v1/incidents/"+id+"/people/untold", ""); !strings.HasPrefix(api, "name,email,city,") || !strings.Contains(api, ",undeliverable,") {
		t.Errorf("the API gives\n%s", api)
	}
	if one := es.get("/incidents/" + id + "/organisations/list?organisation=One").body; !strings.Contains(one, "nombre,correo,") || !strings.Contains(one, "se puede enviar") || strings.Contains(one, "cannot") {
		t.Errorf("the list of an organisation is\n%s", one)
	}
	if page := es.get("/incidents/" + id + "/people/list?state=undeliverable"); !strings.Contains(page.body, "necesita un nombre y un dominio") {
		t.Error("the list says why in English")
	}
}

// Every reason that people has against a row or an address is known in Spanish.
func TestReasonsAgainstRowsAreSaidInSpanish(t *testing.T) {
	table := translation.In("es")
	for _, address := range []string{"", strings.Repeat("a", 70) + "@example.com", "a b@example.com", `"a"@example.com`, "A <a@example.com>", "a", "a@b@example.com",
		".a@example.com", "a%b@example.com", "ä@example.com", "a@example..com", "a@[127.0.0.1]", "a@127.0.0.1"} {
		err := people.CheckAddress(address)
		if err == nil {
			t.Errorf("%q is taken", address)
			continue
		}
		if own := table.Text(err.Error()); own == err.Error() || !strings.HasPrefix(own, "no se puede enviar") {
			t.Errorf("%q is %q", err, own)
		}
	}
	reasons := map[string]bool{}
	for _, bad := range []string{"a,b\n1,2,3\n", "email,name\n\"x\n", "email,name\nx\"y\",z\n", "email,name\n\x00,z\n", "email,name\n,\n", "{\"email\":\"a@example.com\"}\n[1]\n",
		"{\"email\":\"a@example.com\"}\n{\"email\":\"b@example.com\"} 1\n", "{\"email\":\"a@example.com\"}\n{\"email\":\"b\",\"email\":\"c\"}\n",
		"{\"email\":\"a@example.com\"}\n{\"email\":[{}]}\n", "email,name\n" + strings.Repeat("x", 3000) + ",y\n", "email,name\n" + strings.Repeat("x", 70000) + ",y\n"} {
		sum, err := people.Read(t.Context(), strings.NewReader(bad), people.Options{}, func(people.Person) error { return nil })
		if err != nil {
			continue // the file as a whole is refused, in words of their own
		}
		for _, row := range sum.Rejected {
			reasons[row.Why] = true
			if own := table.Text(row.Why); own == row.Why {
				t.Errorf("%q has no Spanish", row.Why)
			}
		}
	}
	if len(reasons) < 6 {
		t.Errorf("only %v were met", reasons)
	}
}

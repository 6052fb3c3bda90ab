package main

import (
	"path/filepath"
	"strings"
	"testing"

	"tocsin/cmd/tocsin-local/internal/chromium"
)

// scene is one play of the example by a DPO and a deputy.
type scene struct {
	*theatre
	t           *testing.T
	dpo, deputy *chromium.Window
	who         struct{ dpo, deputy player }
	spanish     bool
	scripts     bool
	id, at      string // the case, and the path of its page
}

// examples plays the example in both languages, each on both screens, at the same time:
// most of a play is waiting for what people and mail servers take. One has no scripts.
func (th *theatre) examples(t *testing.T) {
	for what, c := range map[string]struct {
		language      string
		shape         chromium.Shape
		withoutScript bool
	}{
		"in English on a desktop":                {"en", chromium.Desktop, false},
		"in Spanish on a phone":                  {"es", chromium.Phone, false},
		"in Spanish on a desktop":                {"es", chromium.Desktop, false},
		"in English on a phone, without scripts": {"en", chromium.Phone, true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			th.example(t, c.language, c.shape, c.withoutScript)
		})
	}
}

// example plays the example incident as a new user would: from the vendor's
// mail to the closed case, with a second person where four eyes are asked for.
func (th *theatre) example(t *testing.T, language string, shape chromium.Shape, withoutScript bool) {
	s := &scene{theatre: th, t: t, spanish: language == "es", scripts: !withoutScript}
	s.who.dpo, s.who.deputy = th.hire(t, "dpo", language), th.hire(t, "deputy", language)
	s.dpo, s.deputy = th.enter(t, s.who.dpo, shape, withoutScript), th.enter(t, s.who.deputy, shape, withoutScript)
	for _, act := range []func(){s.report, s.assess, s.draft, s.approve, s.file, s.people, s.mail, s.tasks, s.end} {
		act()
		if got, want := s.dpo.Ask("document.documentElement.lang"), language; got != want {
			t.Fatalf("the page %s is in %q, not in %q", s.dpo.Path(), got, want)
		}
	}
	s.acknowledge()
}

// says chooses the words of the reader's language.
func (s *scene) says(english, spanish string) string {
	if s.spanish {
		return spanish
	}
	return english
}

// report opens the case with the vendor's mail.
func (s *scene) report() {
	w := s.dpo
	w.Follow(`a[href="/incidents/new"]`)
	w.See(s.says("Report an incident", "Comunicar un incidente"))
	w.Type("#title", "Data set exported from the analytics vendor")
	w.Type("#vendor", "Mirador Analytics")
	w.Type("#contact", "security@mirador.example.net")
	w.Click(`input[name=personal_data][value=yes]`)
	w.Type("#summary", "An attacker exported a data set with names and addresses of our users.")
	w.Attach("#files", absolute(s.t, "vendor-notice.eml"))
	w.Click("input[name=exercise]")
	w.Follow("main form button")
	path, asked, _ := strings.Cut(w.Path(), "?")
	if asked != "opened" {
		s.t.Fatalf("reporting led to %s\n%s", w.Path(), w.Text("main"))
	}
	s.at, s.id = path, strings.TrimPrefix(path, "/incidents/")
	w.See(s.says("Do this at once", "Haga esto enseguida"))
	w.See("vendor-notice.eml")
}

// assess answers the questions, reads the advice and decides.
func (s *scene) assess() {
	w := s.dpo
	w.Go(s.at + "/assessment")
	w.Click(`input[name=breach][value=confidentiality]`)
	for _, kind := range []string{"basic", "contact", "location"} {
		s.unfold(w, `input[name=kind][value=`+kind+`]`)
		w.Click(`input[name=kind][value=` + kind + `]`)
	}
	w.Type("#people", "500")
	if s.scripts {
		// The questions follow the answers without a button.
		w.SeeAt(`[data-question=exposure] input`)
		w.Click(`[data-question=exposure] input[value=unknown_recipients]`)
		w.SeeAt("#advice dl")
	} else {
		w.Follow("#questions button")
		w.Click(`[data-question=exposure] input[value=unknown_recipients]`)
	}
	w.Follow("#questions button")
	w.SeeAt("#advice dl")
	w.Click(`#decide input[name=notify_authority][value=yes]`)
	w.Click(`#decide input[name=communicate][value=yes]`)
	w.Type("#decide textarea[name=reason]", "Names and addresses together make credible phishing likely.")
	w.Follow("#decide button")
	w.See("credible phishing")
}

// draft fills the notification in, as far as it is missing.
func (s *scene) draft() {
	w := s.dpo
	w.Go(s.at + "/authority")
	w.Follow(`form[action$="/draft"] button`)
	w.Follow(`a[href*="edit=missing"]`)
	w.Set(`[name="field-cause"]`, "external_malicious")
	w.Set(`[name="field-incident_nature"]`, "exfiltration")
	w.Type(`[name="field-systems_description"]`, "The vendor's product analytics service. No system of our own is concerned.")
	w.Click(`input[name="field-data_subject_categories"][value=users]`)
	w.Follow(".save button")
	w.See("No system of our own is concerned.")
}

// approve has the drafter refused and lets a second person approve.
func (s *scene) approve() {
	s.dpo.Go(s.at + "/authority")
	if s.dpo.Has(`#approve form`) {
		s.t.Error("the drafter is offered to approve")
	}
	w := s.deputy
	w.Go(s.at + "/authority")
	w.Click(`#approve input[name=sure]`)
	w.Follow("#approve button")
	if w.Has("#approve form") {
		s.t.Errorf("the draft is still to be approved:\n%s", w.Text("main"))
	}
}

// file records what was filed, with a receipt on paper.
func (s *scene) file() {
	w := s.dpo
	w.Go(s.at + "/authority")
	w.Type("#receipt", "REGAGE25e00000000000")
	w.Attach("#attachment", absolute(s.t, "vendor-notice.eml"))
	w.Follow("#file form button")
	w.See("REGAGE25e00000000000")
	w.SeeAt(`#filed a[href*="/documents/"]`)
}

// people imports the vendor's data set after its columns were confirmed.
func (s *scene) people() {
	w := s.dpo
	w.Go(s.at + "/people")
	w.Attach("#file-field", absolute(s.t, "dataset.csv"))
	if s.scripts {
		w.Click("#file button")
		w.SeeAt(`form[action$="/people/import"]`)
	} else {
		w.Follow("#file button")
		w.Attach("#again", absolute(s.t, "dataset.csv"))
	}
	w.Click(`input[name=sure]`)
	if s.scripts {
		w.Click(`form[action$="/people/import"] > button`)
	} else {
		w.Follow(`form[action$="/people/import"] > button`)
	}
	w.See("497")
	w.See("253")
}

// mail writes the notice, tests it, has it approved and sends it.
func (s *scene) mail() {
	w, words := s.dpo, s.at+"/mailings/1/words"
	w.Go(words)
	for _, locale := range []string{"es", "en"} {
		s.unfold(w, "#nature-"+locale)
		w.Type("#nature-"+locale, "A file with your name and address was copied.")
		w.Type("#consequences-"+locale, "Somebody may write to you and pretend to be us.")
		w.Type("#measures-"+locale, "We have removed the vendor.")
		w.Type("#advice-"+locale, "Distrust messages that you do not expect.")
		w.Type("#contact-"+locale, "Data protection office")
	}
	w.Follow("main form button")
	w.Go(s.at + "/people")
	if !w.Has("#notice .letter") {
		s.t.Fatalf("the notice is not shown:\n%s", w.Text("main"))
	}
	w.Follow(`form[action$="/mailings/1/test"] button`)
	s.deputy.Go(s.at + "/people")
	s.deputy.Click(`form[action$="/mailings/1/approve"] input[name=sure]`)
	s.deputy.Follow(`form[action$="/mailings/1/approve"] button`)
	w.Go(s.at + "/people")
	w.Click(`form[action$="/mailings/1/start"] input[name=sure]`)
	w.Follow(`form[action$="/mailings/1/start"] button`)
	// With scripts the page follows the mailing by itself.
	finished := func() bool { return w.Has("#round-1 .tag.finished") }
	if s.scripts {
		w.Wait("see the mailing finish", finished)
	} else {
		w.Until("see the mailing finish", finished)
	}
	w.See("497")
}

// tasks does what the first hours ask for.
func (s *scene) tasks() {
	w := s.dpo
	w.Go(s.at + "/tasks")
	for w.Has(`form[action$="/done"]`) {
		w.Type(`form[action$="/done"] input[name=note]`, "Done, and written down.")
		w.Follow(`form[action$="/done"] button`)
	}
	w.SeeAt("p.good")
}

// end closes the case, and has the record checked.
func (s *scene) end() {
	w := s.dpo
	w.Go(s.at)
	w.Click("#close summary")
	w.Type("#close-why", "The authority is notified and the people are told.")
	w.Follow("#close button")
	w.Go(s.at)
	w.SeeAt("#reopen")
	w.Go(s.at + "/timeline")
	w.Follow(`form[action$="/timeline/check"] button`)
	w.SeeAt("#check .good")
}

// acknowledge takes a reminder on, by the link of the mail and by the button of
// the page.
func (s *scene) acknowledge() {
	id := s.drill(s.t, s.who.dpo, "ack-"+s.id, rings)
	w, link := s.dpo, ""
	w.Go("/incidents/" + id)
	number := strings.Fields(w.Text(".quiet"))[0]
	// Who was there first is called first.
	w.Wait("have a reminder mailed to the DPO", func() bool {
		for _, m := range s.mails(s.t, s.theatre.dpo.Email) {
			if _, after, found := strings.Cut(m.Text, "/ack/"); found && strings.Contains(m.Subject, number) {
				link = "/ack/" + strings.Fields(after)[0]
				return true
			}
		}
		return false
	})
	w.Go("/incidents/" + id)
	w.SeeAt(`form[action$="/acknowledge"] button`)
	w.Go(link)
	w.Follow("main form button")
	w.SeeAt(".good")
	w.Go("/incidents/" + id)
	if w.Has(`form[action$="/acknowledge"]`) {
		s.t.Error("the reminder is still to be acknowledged")
	}
}

// unfold opens the part of the page that holds something, when it is closed.
func (s *scene) unfold(w *chromium.Window, css string) {
	s.t.Helper()
	if w.Has("details:not([open]) " + css) {
		w.Click(`details:not([open]):has(` + css + `) > summary`)
	}
}

// absolute is the path of a file of the example.
func absolute(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(example, name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

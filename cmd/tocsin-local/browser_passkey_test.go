package main

import (
	"strings"
	"testing"

	"tocsin/cmd/tocsin-local/internal/chromium"
)

// passkey shows that a person adds a passkey, signs in with it and nothing else,
// and removes it, after which it opens nothing. Browsers know passkeys on this
// machine under the name localhost alone.
func (th *theatre) passkey(t *testing.T) {
	dpo := th.hire(t, "dpo", "en")
	w := th.windows.Window(t, chromium.Options{Base: strings.Replace(th.url, "127.0.0.1", "localhost", 1), Shape: chromium.Desktop, Language: dpo.language})
	device := w.Device()
	w.Go("/account/keys")
	w.Type("#email", dpo.Email)
	w.Type("#password", dpo.Password)
	w.Follow("main form button")

	w.Type("#name", "Work laptop")
	w.Type("#password", dpo.Password)
	w.Follow(`form[action="/account/keys"] button`)
	w.See("The passkey “Work laptop” was added")
	w.See("Recovery codes, shown this once")
	if n := device.Passkeys(); n != 1 {
		t.Fatalf("the device has %d passkeys", n)
	}

	const signIn = `form[action="/sign-in/passkey"] button`
	w.Follow(`form[action="/sign-out"] button`)
	// Whoever only has the device does not get in.
	device.Know(false)
	w.Click(signIn)
	w.See("No passkey was given. Try again.")
	device.Know(true)
	w.Follow(signIn)
	if w.Path() != "/incidents" {
		t.Fatalf("signing in led to %s", w.Path())
	}
	w.Go("/account/keys")
	if w.Has("#email") {
		t.Fatal("the passkey signed nobody in")
	}

	w.Click("main table summary")
	const remove = `form[data-passkey][action$="/remove"] button`
	w.SeeAt(remove)
	w.Follow(remove)
	w.See("You have none yet.")
	w.Follow(`form[action="/sign-out"] button`)
	if n := device.Passkeys(); n != 1 {
		t.Errorf("the device, on which nobody removed it, has %d passkeys", n)
	}
	w.Follow(signIn)
	if w.Go("/account/keys"); !w.Has("#email") {
		t.Error("a passkey that was removed opens the account")
	}
	for _, fault := range w.Faults() {
		if !strings.Contains(fault, "/sign-in/passkey") { // refused, as it is meant to be
			t.Errorf("the pages did what they must not: %s", fault)
		}
	}
}

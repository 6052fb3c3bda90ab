package chromium

import (
	"context"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Device is a device of the window's user that keeps passkeys: the browser's own
// virtual authenticator, which answers without a hand. It makes real keys and
// signs with them.
type Device struct {
	w  *Window
	id webauthn.AuthenticatorID
}

// Device gives the window a device that knows its user by their finger.
func (w *Window) Device() *Device {
	w.t.Helper()
	d := &Device{w: w}
	w.do("add a device", webauthn.Enable(), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		d.id, err = webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}).Do(ctx)
		return err
	}))
	return d
}

// Know says whether the device knows the finger that is put on it.
func (d *Device) Know(it bool) {
	d.w.t.Helper()
	d.w.do("put a finger on the device", webauthn.SetUserVerified(d.id, it))
}

// Passkeys gives the number of passkeys on the device.
func (d *Device) Passkeys() int {
	d.w.t.Helper()
	n := 0
	d.w.do("look at the device", chromedp.ActionFunc(func(ctx context.Context) error {
		list, err := webauthn.GetCredentials(d.id).Do(ctx)
		n = len(list)
		return err
	}))
	return n
}

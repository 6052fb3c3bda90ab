package system

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"tocsin/activities"
	"tocsin/anchor"
	"tocsin/webhook"
)

// anchorsSetting names the file with those who confirm checkpoints.
const anchorsSetting = "TOCSIN_ANCHORS_FILE"

// anchorTime bounds one request to somebody outside.
const anchorTime = 20 * time.Second

// Anchors are those outside who confirm checkpoints of the record.
type Anchors struct {
	// Witnesses cosign checkpoints.
	Witnesses []WitnessSetting `json:"witnesses"`
	// Timestamps stamp the time of checkpoints.
	Timestamps []TimestampSetting `json:"timestamps"`
}

// WitnessSetting is one witness (C2SP tlog-witness).
type WitnessSetting struct {
	// URL is its submission prefix, https.
	URL string `json:"url"`
	// Key is its verifier key for cosignatures, as its operator publishes it.
	Key string `json:"key"`
	// Inner lets the address lead into the own network, and by http.
	Inner bool `json:"inner,omitempty"`
}

// TimestampSetting is one authority that stamps the time (RFC 3161).
type TimestampSetting struct {
	// Name is what the record calls it.
	Name string `json:"name"`
	// URL is where requests go, https or http: a stamp is signed.
	URL string `json:"url"`
	// RootsFile names a file with the certificates that its own must lead to, PEM.
	RootsFile string `json:"roots_file"`
	// Inner lets the address lead into the own network.
	Inner bool `json:"inner,omitempty"`
}

func (a Anchors) any() bool { return len(a.Witnesses)+len(a.Timestamps) > 0 }

// readAnchors reads the file of those who confirm checkpoints.
func readAnchors(path string) (Anchors, error) {
	var a Anchors
	content, err := os.ReadFile(path) //nolint:gosec // the operator names it
	if err != nil {
		return a, fmt.Errorf("%s: %w", anchorsSetting, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&a); err != nil {
		return a, fmt.Errorf("%s: it is not the JSON of witnesses and timestamps that the operator's guide shows: %w", anchorsSetting, err)
	}
	_, err = a.outside()
	return a, err
}

// outside opens those who confirm checkpoints.
func (a Anchors) outside() ([]activities.Outside, error) {
	var list []activities.Outside
	known := map[string]bool{}
	add := func(o activities.Outside) error {
		if known[o.Kind()+o.Name] {
			return fmt.Errorf("%s names %q twice; expected each once", anchorsSetting, o.Name)
		}
		known[o.Kind()+o.Name] = true
		list = append(list, o)
		return nil
	}
	for _, w := range a.Witnesses {
		name, err := anchor.WitnessName(w.Key)
		if err != nil {
			return nil, fmt.Errorf("%s: the key of a witness is %q: %w", anchorsSetting, w.Key, err)
		}
		if err := checkAnchorURL(w.URL, w.Inner); err != nil {
			return nil, fmt.Errorf("%s: the url of the witness %s %w", anchorsSetting, name, err)
		}
		if err := add(activities.Outside{Name: name, Witness: &anchor.Witness{URL: w.URL, Key: w.Key, Client: anchorClient(w.Inner)}}); err != nil {
			return nil, err
		}
	}
	for _, t := range a.Timestamps {
		if t.Name == "" || len(t.Name) > 100 {
			return nil, fmt.Errorf("%s: a time stamping authority has the name %q; expected 1 to 100 characters", anchorsSetting, t.Name)
		}
		if err := checkAnchorURL(t.URL, true); err != nil {
			return nil, fmt.Errorf("%s: the url of %s %w", anchorsSetting, t.Name, err)
		}
		pem, err := os.ReadFile(t.RootsFile)
		if err != nil {
			return nil, fmt.Errorf("%s: the roots_file of %s: %w", anchorsSetting, t.Name, err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s: the roots_file of %s is %q; expected certificates in PEM", anchorsSetting, t.Name, t.RootsFile)
		}
		if err := add(activities.Outside{Name: t.Name, Authority: &anchor.Authority{URL: t.URL, Roots: roots, Client: anchorClient(t.Inner)}}); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// checkAnchorURL refuses an address that cannot be asked.
func checkAnchorURL(text string, plain bool) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && (!plain || u.Scheme != "http") {
		return errors.New("is not one that can be asked; expected an https address without a user, such as https://witness.example.com/log")
	}
	return nil
}

// anchorClient goes to public addresses alone, unless the operator's file says
// that somebody is in the own network. It follows no redirects.
func anchorClient(inner bool) *http.Client {
	if inner {
		return &http.Client{Timeout: anchorTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return webhook.Policy{Ports: []uint16{80}}.Client(anchorTime)
}

package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"tocsin/incident"
	"tocsin/postgres"
)

// What an answer of a passkey is good for. An answer to one question is none to
// another.
const (
	passkeyAdds      = "passkey-add"
	passkeySignsIn   = "passkey-sign-in"
	passkeyCompletes = "passkey-second-factor"
	passkeyConfirms  = "passkey-confirm"
)

// parties are the names under which browsers know this installation: its public
// address, and on one's own machine localhost.
type parties struct {
	public *webauthn.WebAuthn // nil where the public address cannot have passkeys
	local  *webauthn.WebAuthn // nil unless the public address is one of this machine
	// localHost is the host and port by which the local party is reached.
	localHost string
	// why is a text that says why the public address has none; empty when it has.
	why string
}

// newParties says at which addresses passkeys can be used. A passkey belongs to
// a host name and to encrypted pages; browsers make an exception for localhost.
func newParties(public *url.URL) (parties, error) {
	host := public.Hostname()
	address, err := netip.ParseAddr(host)
	isAddress := err == nil
	switch {
	case isAddress && address.IsLoopback():
		p := parties{why: "passkeys_localhost", localHost: "localhost"}
		if port := public.Port(); port != "" {
			p.localHost = net.JoinHostPort("localhost", port)
		}
		p.local, err = newParty("localhost", public.Scheme+"://"+p.localHost)
		return p, err
	case isAddress:
		return parties{why: "passkeys_address"}, nil
	case public.Scheme != "https" && host != "localhost":
		return parties{why: "passkeys_https"}, nil
	}
	party, err := newParty(strings.ToLower(host), public.Scheme+"://"+strings.ToLower(public.Host))
	return parties{public: party}, err
}

func newParty(host, origin string) (*webauthn.WebAuthn, error) {
	party, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "Tocsin", RPOrigins: []string{origin},
		// A passkey of which the device has verified the owner is two factors, and
		// one that the device finds by itself needs no address typed.
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
		// Which make a device is of is nobody's business here.
		AttestationPreference: protocol.PreferNoAttestation,
		// Some password managers answer what nobody asked; nothing of it is used.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("web: passkeys: %w", err)
	}
	return party, nil
}

// party gives the name under which the reader's browser knows this installation;
// nil with a text that says why there is none.
func (p parties) party(r *http.Request) (party *webauthn.WebAuthn, why string) {
	if p.local != nil && strings.EqualFold(r.Host, p.localHost) {
		return p.local, ""
	}
	return p.public, p.why
}

// passkeyOwner is an account as the library wants to see it.
type passkeyOwner struct {
	user postgres.User
	keys []webauthn.Credential
}

// WebAuthnID is the id of the account: a salted commitment, which names nobody.
func (o passkeyOwner) WebAuthnID() []byte { return []byte(o.user.ID) }

// WebAuthnName is shown by the device when it asks which account is meant.
func (o passkeyOwner) WebAuthnName() string { return o.user.Email }

// WebAuthnDisplayName is shown beside it.
func (o passkeyOwner) WebAuthnDisplayName() string { return o.user.Name }

// WebAuthnCredentials are the passkeys of the account at this address.
func (o passkeyOwner) WebAuthnCredentials() []webauthn.Credential { return o.keys }

// ownerOf reads the passkeys that belong to a host name.
func ownerOf(user postgres.User, list []postgres.Passkey, party *webauthn.WebAuthn) (passkeyOwner, error) {
	owner := passkeyOwner{user: user}
	for _, one := range list {
		if one.Party != party.Config.RPID {
			continue
		}
		var key webauthn.Credential
		if err := json.Unmarshal(one.Record, &key); err != nil {
			return owner, fmt.Errorf("read passkey: %w", err)
		}
		owner.keys = append(owner.keys, key)
	}
	return owner, nil
}

// keyAsked is what is remembered of a question.
type keyAsked struct {
	Session webauthn.SessionData `json:"session"`
	// Name is what a new passkey will be called.
	Name string `json:"name,omitempty"`
}

// ask remembers a question for its holder, and answers it to the script.
func (s *server) ask(w http.ResponseWriter, r *http.Request, purpose, holder, account string, a keyAsked, question any) error {
	data, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("remember the question of a passkey: %w", err)
	}
	if err := s.Store.BeginCeremony(r.Context(), postgres.Ceremony{Purpose: purpose, Holder: holder, Account: account, Data: data}); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, question)
	return nil
}

// asked gives what was asked of a holder, once. The account is who was known
// then, and has to be who is known now.
func (s *server) asked(r *http.Request, purpose, holder, account string) (keyAsked, error) {
	c, err := s.Store.TakeCeremony(r.Context(), purpose, holder)
	if err != nil {
		return keyAsked{}, err
	}
	if c.Account != account {
		return keyAsked{}, incident.InvalidField("answer", "", "answers what somebody else was asked", "a new try")
	}
	var a keyAsked
	if err := json.Unmarshal(c.Data, &a); err != nil {
		return keyAsked{}, fmt.Errorf("read the question of a passkey: %w", err)
	}
	return a, nil
}

// errNotThisAccount says that a passkey answered for another account.
var errNotThisAccount = errors.New("the answer is of no passkey of this account")

// checkAnswer gives the check of an answer, to be made while the account is
// locked.
func checkAnswer(party *webauthn.WebAuthn, user postgres.User, a keyAsked, answer *protocol.ParsedCredentialAssertionData) postgres.PasskeyCheck {
	return func(list []postgres.Passkey) (postgres.PasskeyUse, error) {
		owner, err := ownerOf(user, list, party)
		if err != nil {
			return postgres.PasskeyUse{}, err
		}
		var key *webauthn.Credential
		if len(a.Session.UserID) == 0 {
			_, key, err = party.ValidatePasskeyLogin(func([]byte, []byte) (webauthn.User, error) { return owner, nil }, a.Session, answer)
		} else {
			key, err = party.ValidateLogin(owner, a.Session, answer)
		}
		if err != nil {
			return postgres.PasskeyUse{}, err
		}
		for _, one := range list {
			if string(one.Credential) == string(key.ID) {
				record, err := json.Marshal(key)
				return postgres.PasskeyUse{ID: one.ID, Record: record, Copied: key.Authenticator.CloneWarning}, err
			}
		}
		return postgres.PasskeyUse{}, errNotThisAccount
	}
}

// readKeyAnswer reads what the script sent of a device's answer.
func readKeyAnswer(text string) (*protocol.ParsedCredentialAssertionData, error) {
	answer, err := protocol.ParseCredentialRequestResponseBytes([]byte(text))
	if err != nil {
		return nil, incident.InvalidField("answer", "", "is no answer of a passkey", "what the browser gives; it needs JavaScript")
	}
	return answer, nil
}

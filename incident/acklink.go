package incident

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// AckLink is what the link in a reminder says: which reminder, to whom it was
// sent, and until when it works. It acknowledges and does nothing else.
type AckLink struct {
	// Incident is the incident's id.
	Incident string `json:"i"`
	// Obligation, Revision and Rung name the reminder.
	Obligation int    `json:"o"`
	Revision   int    `json:"r"`
	Rung       string `json:"g"`
	// User is the account to which the mail went.
	User string `json:"u"`
	// Expires is when the link stops to work, real time.
	Expires time.Time `json:"e"`
}

// ackPurpose keeps a signature from being valid for anything else.
const ackPurpose = "tocsin acknowledgement link v1\n"

// Sign gives the link's token: readable by anybody, forgeable by nobody
// without the key.
func (l AckLink) Sign(key []byte) (string, error) {
	body, err := json.Marshal(l)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(body)
	return text + "." + base64.RawURLEncoding.EncodeToString(ackMAC(key, text)), nil
}

// ParseAckLink checks a token at a real instant. A wrong, altered or expired
// token gives one error that does not say which.
func ParseAckLink(key []byte, token string, now time.Time) (AckLink, error) {
	refused := &Error{Kind: Forbidden,
		Message: "this link is not valid or no longer valid; sign in and acknowledge the reminder on the incident's page"}
	text, sum, ok := strings.Cut(token, ".")
	if !ok || len(token) > 1024 {
		return AckLink{}, refused
	}
	mac, err := base64.RawURLEncoding.Strict().DecodeString(sum)
	if err != nil || !hmac.Equal(mac, ackMAC(key, text)) {
		return AckLink{}, refused
	}
	body, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return AckLink{}, refused
	}
	var l AckLink
	if err := json.Unmarshal(body, &l); err != nil || now.After(l.Expires) {
		return AckLink{}, refused
	}
	return l, nil
}

func ackMAC(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(ackPurpose + text))
	return h.Sum(nil)
}

package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// secretPrefix makes a secret of Standard Webhooks recognisable.
const secretPrefix = "whsec_"

// secretSize is the size of a secret in bytes: the specification asks for 24 to 64.
const secretSize = 32

// NewSecret makes a secret in the form that receivers enter: whsec_ and base64.
func NewSecret() string {
	raw := make([]byte, secretSize)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	return secretPrefix + base64.StdEncoding.EncodeToString(raw)
}

// sign gives the value of webhook-signature: one signature under each secret, apart
// by spaces, so that a receiver that knows one of them finds it.
func sign(secrets []string, id string, at time.Time, body []byte) (string, error) {
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
		if err != nil {
			return "", errors.New("sign a signal: the secret is not base64") // the error would repeat it
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signatures, " "), nil
}

// MessageID is the id of a signal at one webhook: the same whenever it is sent
// again, by which a receiver knows a repetition. entry is its place in the log.
func MessageID(webhook string, entry int64) string {
	sum := sha256.Sum256([]byte("tocsin signal\n" + webhook + "\n" + strconv.FormatInt(entry, 10)))
	return "msg_" + hex.EncodeToString(sum[:12])
}

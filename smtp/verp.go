package smtp

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// The parts of a token: a MAC and the hidden delivery id.
const (
	verpMAC    = 16
	verpID     = 8
	verpPrefix = "bounce+"
	// verpKey is the least length of a key in bytes.
	verpKey = 32
)

// ErrToken is the refusal of an address that was not made by VERP.Encode with
// one of the keys. It says no more, so that nobody learns by trying.
var ErrToken = errors.New("not a bounce address of ours")

// verpEncoding is lower case and without padding: some relays change the case
// of a local part, so Decode reads both.
var verpEncoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// VERP makes the envelope senders to which bounces come back (variable envelope
// return paths): bounce+TOKEN@domain, another for every delivery, so that a
// bounce names its delivery even when it says nothing else.
//
// The token is the delivery's id, hidden and bound by a key. It tells neither
// the recipient nor how many messages there are, nobody can make one for
// another delivery, and it is the same each time for the same delivery. The
// local part has 46 octets, of the 64 that RFC 5321 (2008) section 4.5.3.1.1
// allows.
type VERP struct {
	domain string
	keys   []verpKeys
}

// verpKeys are derived from one key: one binds and the other hides.
type verpKeys struct{ bind, hide []byte }

// NewVERP takes the domain that receives bounces and the key of at least 32
// bytes that new tokens are made with. Tokens of older keys are still read, so
// that a key can be replaced while bounces are under way.
func NewVERP(domain string, key []byte, older ...[]byte) (*VERP, error) {
	address, err := ParseAddress("bounce@" + domain)
	if err != nil {
		return nil, errors.New("the domain for bounces is not a plain internet domain")
	}
	v := &VERP{domain: address.Domain()}
	for _, each := range append([][]byte{key}, older...) {
		if len(each) < verpKey {
			return nil, fmt.Errorf("the key for bounce addresses must have at least %d bytes", verpKey)
		}
		bind, err := hkdf.Key(sha256.New, each, nil, "tocsin bounce address bind 1", sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("derive key for bounce addresses: %w", err)
		}
		hide, err := hkdf.Key(sha256.New, each, nil, "tocsin bounce address hide 1", sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("derive key for bounce addresses: %w", err)
		}
		v.keys = append(v.keys, verpKeys{bind, hide})
	}
	if address := v.Encode(1); len(address.Local()) > maxLocalPart || len(address.String()) > maxAddress {
		return nil, errors.New("the domain for bounces is too long")
	}
	return v, nil
}

// Domain is the domain that receives bounces, in ASCII.
func (v *VERP) Domain() string { return v.domain }

// Encode is the envelope sender for a delivery.
func (v *VERP) Encode(delivery int64) Address {
	id := binary.BigEndian.AppendUint64(nil, uint64(delivery))
	mac := v.keys[0].mac(id)
	token := make([]byte, 0, verpMAC+verpID)
	token = append(token, mac...)
	token = append(token, v.keys[0].mask(mac, id)...)
	return Address{local: verpPrefix + verpEncoding.EncodeToString(token), domain: v.domain}
}

// Decode gives the delivery that an envelope recipient stands for, or ErrToken.
func (v *VERP) Decode(recipient string) (delivery int64, err error) {
	local, domain, found := strings.Cut(recipient, "@")
	if !found || len(local) > maxLocalPart || len(recipient) > maxAddress || !strings.EqualFold(domain, v.domain) {
		return 0, ErrToken
	}
	local = strings.ToLower(local)
	text, found := strings.CutPrefix(local, verpPrefix)
	if !found {
		return 0, ErrToken
	}
	token, err := verpEncoding.DecodeString(text)
	// The last character has a spare bit; only one of its spellings is ours.
	if err != nil || len(token) != verpMAC+verpID || verpEncoding.EncodeToString(token) != text {
		return 0, ErrToken
	}
	mac, hidden := token[:verpMAC], token[verpMAC:]
	valid := 0
	for _, keys := range v.keys {
		// All keys are tried in any case, which takes the same time.
		id := keys.mask(mac, hidden)
		match := subtle.ConstantTimeCompare(mac, keys.mac(id))
		valid |= match
		delivery |= int64(binary.BigEndian.Uint64(id)) * int64(match)
	}
	if valid == 0 {
		return 0, ErrToken
	}
	return delivery, nil
}

func (k verpKeys) mac(id []byte) []byte {
	h := hmac.New(sha256.New, k.bind)
	h.Write(id)
	return h.Sum(nil)[:verpMAC]
}

// mask hides an id, or shows a hidden one. The MAC serves as the nonce, as in
// the SIV mode of RFC 5297: equal ids give equal tokens, and nothing else does.
func (k verpKeys) mask(mac, id []byte) []byte {
	h := hmac.New(sha256.New, k.hide)
	h.Write(mac)
	out := h.Sum(nil)[:verpID]
	subtle.XORBytes(out, out, id)
	return out
}

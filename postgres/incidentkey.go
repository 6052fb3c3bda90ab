package postgres

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"tocsin/incident"
)

// incidentKey seals what names people in one incident.
type incidentKey struct {
	incident string
	aead     tink.AEAD
	gcm      cipher.AEAD // the same key without Tink, for many values
	prefix   []byte      // what Tink puts before a value
	secret   []byte      // 32 random bytes from which further keys are derived
}

// bind is the associated data of a sealed value: it cannot be moved to another
// row, column, table or incident.
func (k *incidentKey) bind(table, column, row string) []byte {
	return []byte(strings.Join([]string{"tocsin", k.incident, table, column, row}, "\x00"))
}

func (k *incidentKey) seal(table, column, row string, plain []byte) ([]byte, error) {
	sealed, err := k.aead.Encrypt(plain, k.bind(table, column, row))
	if err != nil {
		return nil, fmt.Errorf("seal %s.%s: %w", table, column, err)
	}
	return sealed, nil
}

func (k *incidentKey) open(table, column, row string, sealed []byte) ([]byte, error) {
	plain, err := k.aead.Decrypt(sealed, k.bind(table, column, row))
	if err != nil {
		return nil, fmt.Errorf("open %s.%s: %w", table, column, err)
	}
	return plain, nil
}

// derive gives a further key of the incident, which is erased with it.
func (k *incidentKey) derive(installation []byte, purpose string) []byte {
	inner := hmac.New(sha256.New, k.secret)
	inner.Write([]byte("tocsin " + purpose))
	outer := hmac.New(sha256.New, inner.Sum(nil))
	outer.Write(installation)
	return outer.Sum(nil)
}

// erased is the answer once an incident's key is gone.
func erased(at time.Time) *incident.Error {
	return incident.Refused(incident.NotFound,
		"the people and files of this incident were erased on %s and cannot be read any more; its record remains", at.UTC().Format(time.DateOnly))
}

// IncidentMailKey gives the key of the incident's Message-IDs: 32 bytes, the
// same at every call, gone with the incident's key.
func (s *Store) IncidentMailKey(ctx context.Context, incidentID string) ([]byte, error) {
	key, err := s.incidentKey(ctx, incidentID)
	if err != nil {
		return nil, failed("read mail key", err)
	}
	return key.derive(nil, "message id"), nil
}

// incidentKey gives the key of an incident, which is made when there is none.
func (s *Store) incidentKey(ctx context.Context, id string) (*incidentKey, error) {
	if id == "" {
		return nil, errors.New("a key is asked for without an incident")
	}
	if key := s.unwrapped.get(id, s.now()); key != nil {
		return key, nil
	}
	wrapped, secret, gone, err := s.wrappedKey(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		if err := s.makeKey(ctx, id); err != nil {
			return nil, err
		}
		wrapped, secret, gone, err = s.wrappedKey(ctx, id) // another writer may have been first
	}
	if err != nil {
		return nil, err
	}
	if wrapped == nil {
		return nil, erased(moment(gone))
	}
	key := &incidentKey{incident: id}
	handle, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(wrapped)), s.keys.Master,
		key.bind("incident_key", "keyset", id))
	if err != nil {
		return nil, fmt.Errorf("unwrap an incident's key; is this the master key it was made with? %w", err)
	}
	if key.aead, err = aead.New(handle); err != nil {
		return nil, fmt.Errorf("use an incident's key: %w", err)
	}
	if key.gcm, key.prefix, err = sealKey(handle); err != nil {
		return nil, fmt.Errorf("use an incident's key: %w", err)
	}
	if key.secret, err = key.open("incident_key", "secret", id, secret); err != nil {
		return nil, err
	}
	s.unwrapped.put(id, key, s.now())
	return key, nil
}

func (s *Store) wrappedKey(ctx context.Context, id string) (wrapped, secret []byte, gone *time.Time, err error) {
	err = s.pool.QueryRow(ctx, `SELECT keyset, secret, erased_at FROM incident_key WHERE incident = @incident`,
		pgx.NamedArgs{"incident": id}).Scan(&wrapped, &secret, &gone)
	return wrapped, secret, gone, err
}

// makeKey makes and stores a key, unless the incident has or had one.
func (s *Store) makeKey(ctx context.Context, id string) error {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return fmt.Errorf("make an incident's key: %w", err)
	}
	key := &incidentKey{incident: id}
	var wrapped bytes.Buffer
	err = handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&wrapped), s.keys.Master, key.bind("incident_key", "keyset", id))
	if err != nil {
		return fmt.Errorf("wrap an incident's key: %w", err)
	}
	if key.aead, err = aead.New(handle); err != nil {
		return fmt.Errorf("use an incident's key: %w", err)
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return fmt.Errorf("make an incident's secret: %w", err)
	}
	sealed, err := key.seal("incident_key", "secret", id, secret)
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, `
		INSERT INTO incident_key (incident, keyset, secret, created_at) VALUES (@incident, @keyset, @secret, @now)
		ON CONFLICT (incident) DO NOTHING`,
		pgx.NamedArgs{"incident": id, "keyset": wrapped.Bytes(), "secret": sealed, "now": s.now()})
	return err
}

// keyCache keeps a few unwrapped keys for a short time, so that an erased key
// is soon gone everywhere. The zero value is empty.
type keyCache struct {
	mu   sync.Mutex
	keys map[string]cachedKey
}

type cachedKey struct {
	key   *incidentKey
	until time.Time
}

const (
	cachedKeys   = 64
	cachedKeyFor = time.Minute
)

func (c *keyCache) get(id string, now time.Time) *incidentKey {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.keys[id]
	if !ok || now.After(found.until) {
		delete(c.keys, id)
		return nil
	}
	return found.key
}

func (c *keyCache) put(id string, key *incidentKey, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil {
		c.keys = make(map[string]cachedKey, cachedKeys)
	}
	if _, ok := c.keys[id]; !ok && len(c.keys) >= cachedKeys {
		for any := range c.keys { // any one will do: a key is cheap to unwrap again
			delete(c.keys, any)
			break
		}
	}
	c.keys[id] = cachedKey{key: key, until: now.Add(cachedKeyFor)}
}

func (c *keyCache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.keys, id)
}

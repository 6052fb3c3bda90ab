package local

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"tocsin/cmd/internal/system"
	"tocsin/incident"
	"tocsin/postgres"
)

// mailFrom is the address from which a local system sends.
const mailFrom = "tocsin@example.com"

// takeFolder makes the folder and takes it for this process alone.
func (s *System) takeFolder() error {
	absolute, err := filepath.Abs(s.options.Data)
	if err != nil {
		return err
	}
	s.options.Data = absolute
	if err := os.MkdirAll(s.options.Data, 0o755); err != nil { //nolint:gosec // PostgreSQL's own user passes through it
		return fmt.Errorf("--data: the folder cannot be made: %w", err)
	}
	s.lock, err = os.OpenFile(filepath.Join(s.options.Data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("--data: the folder cannot be written: %w", err)
	}
	if err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil { //nolint:gosec // a descriptor fits
		return fmt.Errorf("--data: another tocsin-local runs on %s: stop it first, or take another folder", s.options.Data)
	}
	return nil
}

// settings are made once per folder and kept.
type settings struct {
	// Origin names the log.
	Origin string `json:"origin"`
	// OwnerPassword and AppPassword are the passwords of the database's roles.
	OwnerPassword string `json:"owner_password"`
	AppPassword   string `json:"app_password"`
}

func (s settings) database() postgres.Database {
	return postgres.Database{
		Name: "tocsin", Owner: "tocsin_owner", OwnerPassword: s.OwnerPassword, App: "tocsin_app", AppPassword: s.AppPassword,
	}
}

func readSettings(dir string) (settings, error) {
	path := filepath.Join(dir, "settings.json")
	content, err := os.ReadFile(path) //nolint:gosec // our own folder
	if err == nil {
		var s settings
		if err := json.Unmarshal(content, &s); err != nil || s.Origin == "" {
			return s, fmt.Errorf("%s is damaged: restore it from a backup", path)
		}
		return s, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return settings{}, err
	}
	s := settings{
		Origin:        "local.tocsin.example/" + strings.ToLower(rand.Text()[:12]),
		OwnerPassword: rand.Text(), AppPassword: rand.Text(),
	}
	return s, writeJSON(path, s)
}

// writeJSON writes a file whole or not at all, readable by the owner alone.
func writeJSON(path string, v any) error {
	content, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(content, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// readController reads who answers for the data, and begins with an invented
// organisation whose file people change.
func readController(dir string) (system.Controller, error) {
	path := filepath.Join(dir, "controller.json")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		example := system.Controller{
			Name:    "Example Platform",
			Contact: system.Contact{Name: "Data protection office", Email: "privacy@example.com", Phone: "+34 000 000 000"},
			PageURL: "https://privacy.example.com/incident",
		}
		if err := writeJSON(path, example); err != nil {
			return system.Controller{}, err
		}
	}
	return system.ReadController(path)
}

// credentials is DIR/credentials.json.
type credentials struct {
	URL      string `json:"url"`
	Email    string `json:"email"`
	Password string `json:"password"`
	Token    string `json:"token"`
}

// firstAccount makes the first DPO's account at the first start. It is made
// again only when no account exists: a start that was killed in between
// leaves either both or the account without its file, which is said.
func (s *System) firstAccount(ctx context.Context) error {
	path := filepath.Join(s.options.Data, "credentials.json")
	content, err := os.ReadFile(path) //nolint:gosec // our own folder
	if err == nil {
		var c credentials
		if err := json.Unmarshal(content, &c); err != nil {
			return fmt.Errorf("%s is damaged: %w", path, err)
		}
		if user, _, err := s.tocsin.Store.UserByToken(ctx, c.Token); err == nil && user.Role == incident.RoleDPO {
			c.URL = s.URL()
			return writeJSON(path, c)
		}
	}
	// The account's address is new at each try, so that a start that was killed
	// between the account and its file is simply repeated.
	c := credentials{URL: s.URL(), Email: "dpo@example.com", Password: rand.Text()}
	_, token, err := s.tocsin.Store.CreateUser(ctx, postgres.NewUser{
		Email: c.Email, Name: "Data protection officer", Role: incident.RoleDPO, Locale: "en",
		Zone: "Europe/Madrid", Password: c.Password,
	})
	if incident.KindOf(err) == incident.Conflict && err != nil {
		c.Email = "dpo." + strings.ToLower(rand.Text()[:8]) + "@example.com"
		_, token, err = s.tocsin.Store.CreateUser(ctx, postgres.NewUser{
			Email: c.Email, Name: "Data protection officer", Role: incident.RoleDPO, Locale: "en",
			Zone: "Europe/Madrid", Password: c.Password,
		})
	}
	if err != nil {
		return fmt.Errorf("make the first account: %w", err)
	}
	c.Token = token
	return writeJSON(path, c)
}

func withDatabase(address, database string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", errors.New("TOCSIN_DATABASE_URL: not an address; expected postgres://user:password@host:port/postgres")
	}
	u.Path = "/" + database
	return u.String(), nil
}

func withLogin(address, database, user, password string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", errors.New("the database's address cannot be read")
	}
	u.User, u.Path = url.UserPassword(user, password), "/"+database
	return u.String(), nil
}

package controllerdb

import (
	"strings"
	"testing"
)

func TestAnotherMachineIsReachedByVerifiedTLSOnly(t *testing.T) {
	const query = "SELECT email FROM shop.accounts"
	for name, c := range map[string]struct {
		url     string
		allowed bool
	}{
		"this machine in the clear":          {"postgres://r:hunter2@127.0.0.1/shop?sslmode=disable", true},
		"this machine by name":               {"postgres://r:hunter2@localhost/shop", true},
		"this machine over IPv6":             {"postgres://r:hunter2@[::1]/shop?sslmode=disable", true},
		"a Unix socket":                      {"postgres:///shop?host=/run/postgresql&user=r", true},
		"another machine, verified":          {"postgres://r:hunter2@db.example.com/shop?sslmode=verify-full", true},
		"another machine, nothing said":      {"postgres://r:hunter2@db.example.com/shop", false},
		"another machine in the clear":       {"postgres://r:hunter2@db.example.com/shop?sslmode=disable", false},
		"another machine, preferably TLS":    {"postgres://r:hunter2@db.example.com/shop?sslmode=prefer", false},
		"another machine, any certificate":   {"postgres://r:hunter2@db.example.com/shop?sslmode=require", false},
		"another machine, any host's":        {"postgres://r:hunter2@db.example.com/shop?sslmode=verify-ca", false},
		"a second machine that is not local": {"postgres://r:hunter2@127.0.0.1,db.example.com/shop?sslmode=prefer", false},
		"a machine named like loopback":      {"postgres://r:hunter2@127.0.0.1.example.com/shop?sslmode=disable", false},
		"no address at all":                  {"postgres://r:hunter2@[", false},
	} {
		_, err := New(c.url, query)
		if (err == nil) != c.allowed {
			t.Errorf("%s gives %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "example.com") || !strings.Contains(err.Error(), URLSetting)) {
			t.Errorf("%s: the error repeats the address or does not name the setting: %v", name, err)
		}
	}
}

func TestTheAddressCannotLoosenTheSession(t *testing.T) {
	s, err := New("postgres://r@127.0.0.1/shop?default_transaction_read_only=off&search_path=evil&options=-c%20default_transaction_read_only%3Doff", "SELECT 1 AS email ; ")
	if err != nil {
		t.Fatal(err)
	}
	if _, there := s.config.RuntimeParams["options"]; there || s.config.RuntimeParams["default_transaction_read_only"] != "on" ||
		s.config.RuntimeParams["search_path"] != searchPath {
		t.Errorf("the session is %v", s.config.RuntimeParams)
	}
	if s.query != "SELECT 1 AS email" || len(s.QuerySHA256()) != 64 {
		t.Errorf("the query is %q", s.query)
	}
}

func TestAQueryThatIsNoneIsRefused(t *testing.T) {
	for name, query := range map[string]string{
		"nothing": " ;\n", "a zero byte": "SELECT 1 AS email\x00", "too long": "SELECT '" + strings.Repeat("x", maxQuery) + "' AS email",
	} {
		if _, err := New("postgres://r@127.0.0.1/shop", query); err == nil || !strings.Contains(err.Error(), QuerySetting) {
			t.Errorf("%s gives %v", name, err)
		}
	}
}

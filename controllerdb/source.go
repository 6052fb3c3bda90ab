package controllerdb

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// The settings by which an installation names the database and the query.
const (
	// URLSetting holds the database's address.
	URLSetting = "TOCSIN_ACCOUNTS_DATABASE_URL"
	// QuerySetting holds the query.
	QuerySetting = "TOCSIN_ACCOUNTS_QUERY"
)

// maxQuery is the longest query that is taken, in bytes.
const maxQuery = 64 << 10

// Source is the query on the controller's database. It holds no connection: one
// is opened for each reading and closed after it.
type Source struct {
	config *pgconn.Config
	query  string
}

// New checks the address and the query, without connecting. The address is such
// as postgres://user:password@host/name?sslmode=verify-full. Of its parameters
// those of connecting count; settings of the session in it do not.
func New(url, query string) (*Source, error) {
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		// pgconn's error repeats the address, which may hold a password.
		return nil, errors.New(URLSetting + ": is not an address of PostgreSQL; expected postgres://user:password@host:port/name?sslmode=verify-full")
	}
	if err := demandTLS(config); err != nil {
		return nil, err
	}
	query = strings.TrimRight(strings.TrimSpace(query), "; \t\r\n")
	switch {
	case query == "":
		return nil, errors.New(QuerySetting + ": is not set; expected one SELECT whose columns are named email and user_id, or either of them")
	case len(query) > maxQuery || strings.ContainsAny(query, "\x00\uFFFD"):
		return nil, errors.New(QuerySetting + ": is longer than 64 kB or is not text; expected one SELECT")
	}
	config.RuntimeParams = session()
	if config.ConnectTimeout == 0 || config.ConnectTimeout > 10*time.Second {
		config.ConnectTimeout = 10 * time.Second
	}
	return &Source{config: config, query: query}, nil
}

// session is how every session is set from its first moment.
func session() map[string]string {
	return map[string]string{
		"application_name":                    "tocsin-accounts",
		"default_transaction_read_only":       "on",
		"search_path":                         searchPath,
		"client_encoding":                     "UTF8",
		"timezone":                            "UTC",
		"datestyle":                           "ISO",
		"statement_timeout":                   "60s",
		"lock_timeout":                        "5s",
		"idle_in_transaction_session_timeout": "60s",
	}
}

// searchPath names pg_temp so that it comes last: PostgreSQL would look there
// first.
const searchPath = "pg_catalog, pg_temp"

// demandTLS refuses every way to the server that is neither on this machine nor
// encrypted to a server that showed who it is.
func demandTLS(config *pgconn.Config) error {
	ways := []*pgconn.FallbackConfig{{Host: config.Host, TLSConfig: config.TLSConfig}}
	for _, way := range append(ways, config.Fallbacks...) {
		if onThisMachine(way.Host) || way.TLSConfig != nil && !way.TLSConfig.InsecureSkipVerify {
			continue
		}
		return errors.New(URLSetting + ": a server on another machine is reached by TLS with a certificate for its name only; " +
			"add sslmode=verify-full, and sslrootcert=FILE when its certificate is your own")
	}
	return nil
}

// onThisMachine says whether a host is a loopback address or a Unix socket.
func onThisMachine(host string) bool {
	if host == "localhost" || strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}

// QuerySHA256 is the hash of the query's text, hexadecimal: the record says by
// it which query was run.
func (s *Source) QuerySHA256() string {
	sum := sha256.Sum256([]byte(s.query))
	return hex.EncodeToString(sum[:])
}

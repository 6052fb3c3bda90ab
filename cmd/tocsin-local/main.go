// Command tocsin-local is Tocsin for one machine: the web server, the workers,
// Temporal's server with its UI, PostgreSQL and a mail catcher in one process
// tree, all on loopback. It is for trying, for drills, for the demo and for
// tests; docs/operators-guide.md says how Tocsin is put on a server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"tocsin/cmd/internal/system"
	"tocsin/cmd/tocsin-local/internal/local"
)

// Exit codes, as docs/ and the contract have them.
const (
	exitDone    = 0
	exitFailed  = 1
	exitMisused = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, out, failed io.Writer) int {
	if len(args) > 0 && args[0] == "demo" {
		return demo(ctx, args[1:], out, failed)
	}
	if len(args) > 0 && args[0] == "recover" {
		return recoverFolder(ctx, args[1:], out, failed)
	}
	options, err := parse(args, failed)
	if errors.Is(err, flag.ErrHelp) {
		return exitDone
	}
	if err != nil {
		say(failed, "%v", err)
		return exitMisused
	}
	if options.Settings, err = settings(os.LookupEnv); err != nil {
		say(failed, "tocsin-local cannot start: %s", oneLine(err))
		return exitFailed
	}
	options.Logger = slog.New(slog.NewTextHandler(failed, &slog.HandlerOptions{Level: slog.LevelInfo}))
	system, err := local.Start(ctx, options)
	if err != nil {
		say(failed, "tocsin-local cannot start: %s", oneLine(err))
		return exitFailed
	}
	say(out, "ready %s", system.URL())
	select {
	case <-ctx.Done():
		err = nil
	case err = <-system.Failed():
	}
	if err != nil {
		say(failed, "tocsin-local ends because a part failed: %s", oneLine(err))
	}
	if stopping := system.Stop(); stopping != nil {
		say(failed, "tocsin-local did not stop cleanly: %s", oneLine(stopping))
		err = errors.Join(err, stopping)
	}
	if err != nil {
		return exitFailed
	}
	return exitDone
}

func parse(args []string, failed io.Writer) (local.Options, error) {
	var o local.Options
	flags := flag.NewFlagSet("tocsin-local", flag.ContinueOnError)
	flags.SetOutput(failed)
	flags.Usage = func() {
		say(failed, "usage: tocsin-local --data DIR --listen HOST:PORT [--smtp smtp://HOST:PORT] [--signals-to-loopback]\n"+
			"       tocsin-local recover --data DIR [--dry-run | --take-over --reason TEXT (--checkpoint FILE | --without-checkpoint)]\n"+
			"       tocsin-local demo --tocsin PROGRAM --example DIR [--exit]\n")
		flags.PrintDefaults()
	}
	flags.StringVar(&o.Data, "data", "", "the `folder` that holds everything; made when missing")
	flags.StringVar(&o.Listen, "listen", "127.0.0.1:8080", "`host:port` of the pages and the API")
	flags.StringVar(&o.SMTPURL, "smtp", "", "`address` of a mail relay for real incidents; without it all mail is caught")
	flags.BoolVar(&o.SignalsToLoopback, "signals-to-loopback", false, "let webhooks lead to this machine, by http too: for trials")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is not expected; see tocsin-local --help", flags.Arg(0))
	}
	if o.Data == "" {
		return o, errors.New("--data is missing; expected a folder that holds everything, such as --data ./tocsin-data")
	}
	if _, _, err := net.SplitHostPort(o.Listen); err != nil {
		return o, fmt.Errorf("--listen: %q is not host:port; expected an address such as 127.0.0.1:8080", o.Listen)
	}
	o.TemporalAddress = os.Getenv("TEMPORAL_ADDRESS")
	return o, nil
}

// settings reads those variables of a server that hold on one machine too. The
// others, such as the sender's address, are none of its business here.
func settings(lookup func(string) (string, bool)) (system.Config, error) {
	shared := []string{
		"TOCSIN_DATABASE_URL", "TOCSIN_ACCOUNTS_DATABASE_URL", "TOCSIN_ACCOUNTS_QUERY", "TOCSIN_CHECKPOINT_TO",
		"TOCSIN_ANCHORS", // with _FILE alone
		"TOCSIN_BOUNCE_DOMAIN", "TOCSIN_BOUNCE_CERTIFICATE", "TOCSIN_BOUNCE_KEY",
		"TOCSIN_SMTP_DOMAIN_RATE", "TOCSIN_SMTP_DOMAIN_RATES", "TOCSIN_WEBHOOK_ALLOW", "TOCSIN_WEBHOOK_PORTS",
		"TOCSIN_SYSLOG_URL", "TOCSIN_AUDIT_STREAM",
		"TOCSIN_OIDC_ISSUER", "TOCSIN_OIDC_CLIENT_ID", "TOCSIN_OIDC_CLIENT_SECRET", "TOCSIN_OIDC_NAME", "TOCSIN_OIDC_CLAIM",
		"TOCSIN_OIDC_MFA", "TOCSIN_OIDC_ACR", "TOCSIN_OIDC_ONLY",
	}
	return system.FromEnvironment(func(name string) (string, bool) {
		if !slices.Contains(shared, strings.TrimSuffix(name, "_FILE")) {
			return "", false
		}
		return lookup(name)
	})
}

// say writes one line for people. A terminal that went away cannot be told so.
func say(w io.Writer, format string, a ...any) {
	_, _ = fmt.Fprintf(w, format+"\n", a...)
}

// oneLine keeps an error to the one line that a person reads.
func oneLine(err error) string {
	return strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; ")
}

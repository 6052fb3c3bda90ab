package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // deadlines must not depend on the machine's own zones

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitDone    = 0
	exitFailed  = 1
	exitMisused = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run carries out one command line and gives the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	if f, ok := errors.AsType[*failure](err); ok {
		say(stderr, "tocsin: "+oneLine(f.err.Error()))
		return exitFailed
	}
	say(stderr, fmt.Sprintf("tocsin: %s; see \"%s --help\"", oneLine(err.Error()), command.CommandPath()))
	return exitMisused
}

// say writes a line. When standard error is gone there is nobody to tell.
func say(w io.Writer, line string) { _, _ = fmt.Fprintln(w, line) }

// oneLine keeps an error to the one line that a person or a program reads.
func oneLine(text string) string {
	var parts []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			parts = append(parts, line)
		}
	}
	return plain(strings.Join(parts, "; "))
}

// failure is what a command that ran came to. Any other error is wrong usage.
type failure struct{ err error }

// Error implements error.
func (f *failure) Error() string { return f.err.Error() }

// Unwrap gives the reason.
func (f *failure) Unwrap() error { return f.err }

// does makes a command's work from a function, so that its errors are failures
// and not wrong usage.
func does(work func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		err := work(c.Context(), args)
		if err == nil {
			return nil
		}
		if _, ok := errors.AsType[*misuse](err); ok {
			return err
		}
		return &failure{err: err}
	}
}

// misuse is wrong usage that shows only when a command runs.
type misuse struct{ text string }

// Error implements error.
func (m *misuse) Error() string { return m.text }

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	s := &session{out: stdout, notes: stderr}
	root := &cobra.Command{
		Use:   "tocsin",
		Short: "Run the response to a personal data breach against the clock of GDPR Art. 33 and 34",
		Long: "Run the response to a personal data breach against the clock of GDPR Art. 33 and 34.\n\n" +
			"The server and the token are taken from TOCSIN_URL and TOCSIN_TOKEN, or from --url and --token.",
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(*cobra.Command, []string) error { return &misuse{"a command is missing"} },
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if s.output != "text" && s.output != "json" {
				return fmt.Errorf("-o %q is not known; expected text or json", s.output)
			}
			return nil
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	flags := root.PersistentFlags()
	flags.StringVarP(&s.output, "output", "o", "text", "what standard output is: `text` or json")
	flags.StringVar(&s.url, "url", "", "the server's `address` (TOCSIN_URL; http://127.0.0.1:8080 when neither is given)")
	flags.StringVar(&s.token, "token", "", "the account's `token` (TOCSIN_TOKEN)")
	root.AddCommand(
		s.incidentCommands(), s.taskCommands(), s.peopleCommands(), s.assessmentCommands(),
		s.notificationCommands(), s.obligationCommands(), s.mailingCommands(), s.publicCommands(), s.retentionCommands(), s.auditCommands(),
		s.tokenCommands(), s.vendorCommands(), s.deadlineCommand(), s.severityCommand(), s.assessCommand(), s.lawCommands(), s.verifyCommand(),
	)
	root.AddCommand(s.webhookCommands())
	root.AddCommand(s.registerCommand())
	root.AddCommand(s.settingsCommands())
	root.AddCommand(s.counselCommands())
	root.AddCommand(s.serverCommands()...)
	root.AddCommand(group("user", "Accounts of the people who work on cases", s.userAdd(), s.userInvite(), s.userWithdraw(), s.userList(),
		s.userReset(), s.userEnd(), s.userSecondFactor(), s.userOnCall(), s.userBootstrap()))
	return root
}

// group is a word that only leads to further words.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use: name, Short: short, Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("unknown command %q for %q", args[0], c.CommandPath())
			}
			return fmt.Errorf("a command is missing after %q", c.CommandPath())
		},
	}
	g.AddCommand(commands...)
	return g
}

// arguments asks for exactly the named arguments.
func arguments(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < len(names) {
			return fmt.Errorf("%s is missing", strings.Join(names[len(args):], " and "))
		}
		if len(args) > len(names) {
			return fmt.Errorf("%q is not expected", args[len(names)])
		}
		return nil
	}
}

// required marks flags without which a command has no meaning. It panics on a
// name that the command does not have: a fault that every start would show.
func required(c *cobra.Command, names ...string) *cobra.Command {
	for _, name := range names {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
	return c
}

package anchor

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// maxAnswer bounds what is read of an answer: a cosignature has about 150 bytes,
// a time stamp with its certificates some thousand.
const maxAnswer = 64 << 10

var (
	// ErrRefused is wrapped when the other side answered and did not confirm.
	ErrRefused = errors.New("it refused")
	// ErrUnsound is wrapped when what it answered does not hold.
	ErrUnsound = errors.New("its answer does not hold")
)

// Witness cosigns checkpoints.
type Witness struct {
	// URL is the witness's submission prefix, to which add-checkpoint is added.
	URL string
	// Key is its verifier key for cosignatures.
	Key string
	// Client makes the requests; it decides where they may lead.
	Client *http.Client
}

// Conflict says that a witness has seen another size of the log than was assumed.
type Conflict struct {
	// Size is the number of entries that it saw last.
	Size int64
}

// Error says what a reader should know.
func (c *Conflict) Error() string {
	return fmt.Sprintf("the witness has seen %d entries of the log", c.Size)
}

// Cosign asks for a cosignature. old is the size that the witness saw last, 0 for
// none, and proof shows that the checkpoint's log goes on from there. It gives the
// signature lines that hold. A [Conflict] names the size that the witness knows.
func (w Witness) Cosign(ctx context.Context, checkpoint string, old int64, proof tlog.TreeProof) (string, error) {
	var body bytes.Buffer
	fmt.Fprintf(&body, "old %d\n", old)
	for _, h := range proof {
		body.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	body.WriteString("\n" + checkpoint)
	status, media, answer, err := post(ctx, w.Client, strings.TrimRight(w.URL, "/")+"/add-checkpoint", "text/plain; charset=utf-8", body.Bytes())
	if err != nil {
		return "", err
	}
	switch {
	case status == http.StatusConflict && strings.HasPrefix(media, "text/x.tlog.size"):
		size, err := strconv.ParseInt(strings.TrimSuffix(string(answer), "\n"), 10, 64)
		if err != nil || size < 0 {
			return "", fmt.Errorf("%w: it names no size", ErrUnsound)
		}
		return "", &Conflict{Size: size}
	case status != http.StatusOK:
		return "", fmt.Errorf("%w with status %d", ErrRefused, status)
	}
	lines, _, err := Cosignature(checkpoint, string(answer), w.Key)
	return lines, err
}

// Cosignature gives those of some signature lines that the key's holder put under
// a checkpoint, and when. An error wraps [ErrUnsound].
func Cosignature(checkpoint, lines, key string) (held string, at time.Time, err error) {
	verifier, err := formats.NewVerifierForCosignatureV1(key)
	if err != nil {
		return "", at, errors.New("the witness's key is not a verifier key for cosignatures")
	}
	text, _, found := strings.Cut(checkpoint, "\n\n")
	if !found || len(lines) > maxAnswer {
		return "", at, fmt.Errorf("%w: not a signed checkpoint with cosignatures", ErrUnsound)
	}
	n, err := note.Open([]byte(text+"\n\n"+lines), note.VerifierList(verifier))
	if err != nil || len(n.Sigs) != 1 {
		return "", at, fmt.Errorf("%w: no cosignature of the witness fits the checkpoint", ErrUnsound)
	}
	if at, err = formats.CoSigV1Timestamp(n.Sigs[0]); err != nil {
		return "", at, fmt.Errorf("%w: its cosignature has no time", ErrUnsound)
	}
	return "— " + n.Sigs[0].Name + " " + n.Sigs[0].Base64 + "\n", at.UTC(), nil
}

// WitnessName is the name of the witness that a key belongs to. An error says
// that it is no verifier key for cosignatures.
func WitnessName(key string) (string, error) {
	verifier, err := formats.NewVerifierForCosignatureV1(key)
	if err != nil {
		return "", errors.New("not a verifier key for cosignatures: it looks like name+1a2b3c4d+base64")
	}
	return verifier.Name(), nil
}

// post makes one request. What goes wrong on the way is told without the address.
func post(ctx context.Context, client *http.Client, address, media string, body []byte) (status int, kind string, answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, "", nil, errors.New("the address cannot be used")
	}
	request.Header.Set("Content-Type", media)
	request.Header.Set("User-Agent", "Tocsin")
	response, err := client.Do(request) //nolint:gosec // the operator's own file names it, and the client decides where it may lead
	if err != nil {
		if ctx.Err() != nil {
			return 0, "", nil, fmt.Errorf("no answer in time: %w", ctx.Err())
		}
		return 0, "", nil, errors.New("it cannot be reached")
	}
	defer func() { _ = response.Body.Close() }() // it is read to its end or given up
	answer, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return 0, "", nil, errors.New("its answer broke off")
	}
	if len(answer) > maxAnswer {
		return 0, "", nil, fmt.Errorf("%w: it is longer than %d bytes", ErrUnsound, maxAnswer)
	}
	return response.StatusCode, response.Header.Get("Content-Type"), answer, nil
}

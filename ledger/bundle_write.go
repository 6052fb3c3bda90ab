package ledger

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"

	"golang.org/x/mod/sumdb/tlog"
)

// proofBatch is how many entries are proved with one read of the tree.
const proofBatch = 256

// Leaf is an entry and its place in the log.
type Leaf struct {
	// Index is the entry's place in the whole log, from 0.
	Index int64
	// Entry is the entry's canonical bytes, without a newline. It must stay
	// unchanged until the iteration that yielded it ends.
	Entry []byte
}

// BundleSource is what a bundle is made of.
type BundleSource struct {
	// Head must be the one whose SealData was recorded.
	Head BundleHead
	// Checkpoint is the signed checkpoint of the tree that ends with the seal:
	// its size is the seal's index plus one.
	Checkpoint string
	// Past holds the signed checkpoints of the sizes that Head.History lists, in
	// the same order.
	Past []string
	// Rotations holds the canonical bytes of the entries that Head.Rotations lists,
	// in the same order.
	Rotations [][]byte
	// Leaves yields the incident's entries from number 1 to the seal; a yielded
	// error ends the writing. It is ranged over once.
	Leaves iter.Seq2[Leaf, error]
	// Hashes reads the log's stored hashes. It is called once for every 256
	// entries.
	Hashes tlog.HashReader
	// Open opens the content of an attachment of the head. It may be nil when
	// there are none. WriteBundle closes what it opened.
	Open func(ctx context.Context, a Attachment) (io.ReadCloser, error)
	// People writes one of the files that Head.People lists, by its name and as a
	// [PeopleWriter] does. It may be nil when there are none.
	People func(ctx context.Context, name string, w io.Writer) error
}

// WriteBundle writes the bundle as a ZIP to w. The same source gives the same
// bytes.
//
// While writing it checks what [Verify] will: signature, numbering, proofs, seal
// and attachments. An error means that w holds an unusable part; errors about
// the source wrap [ErrInvalidBundle]. It does not close w.
func WriteBundle(ctx context.Context, w io.Writer, src BundleSource) error {
	raw, err := src.Head.manifest()
	if err != nil {
		return err
	}
	m, err := parseManifest(raw)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidBundle, err)
	}
	notes, rotations, err := openRotations(src.Rotations, m)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidBundle, err)
	}
	keys, err := newKeyChain(m.Key, notes)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidBundle, err)
	}
	cp, span, signatures, err := keys.open(src.Checkpoint)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidBundle, err)
	}
	if signatures != 1 || span.key != m.Key {
		return fmt.Errorf("%w: the checkpoint must have one signature, by the key of the head", ErrInvalidBundle)
	}
	past, err := openPast(src.Past, m, keys, cp)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidBundle, err)
	}
	buffered := bufio.NewWriterSize(w, 64<<10)
	b := bundleWriter{
		zip: newContainerWriter(buffered), src: src, m: m, cp: cp, past: past, rotations: rotations,
		seal: sealData(m.Entries, raw),
	}
	for _, part := range []struct {
		name  string
		write func(context.Context) error
	}{
		{instructionsFile, func(context.Context) error { return b.put(instructionsFor(m.People)) }},
		{manifestFile, func(context.Context) error { return b.put(raw) }},
		{checkpointFile, func(context.Context) error { return b.put([]byte(src.Checkpoint)) }},
		{historyFile, b.history},
		{keysFile, b.keysPart},
		{anchorsFile, b.confirmationsPart},
		{entriesFile, b.entries},
		{proofsFile, b.proofs},
	} {
		if err := b.file(ctx, part.name, part.write); err != nil {
			return err
		}
	}
	for _, a := range m.files() {
		err := b.file(ctx, attachmentsDir+a.SHA256, func(ctx context.Context) error { return b.attachment(ctx, a) })
		if err != nil {
			return err
		}
	}
	if err := b.people(ctx); err != nil {
		return err
	}
	if err := b.zip.close(); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write ledger bundle: %w", err)
	}
	return nil
}

// place is what remains of an entry after its line was written.
type place struct {
	index int64
	leaf  tlog.Hash
}

type bundleWriter struct {
	zip       *containerWriter
	src       BundleSource
	m         manifest
	cp        Checkpoint
	past      []Checkpoint
	rotations []Rotation
	seal      []byte
	places    []place // 40 bytes an entry, so that entries are read once only
}

func (b *bundleWriter) file(ctx context.Context, name string, write func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write ledger bundle: %w", err)
	}
	if err := b.zip.begin(name); err != nil {
		return err
	}
	if err := write(ctx); err != nil {
		return err
	}
	return b.zip.finish()
}

func (b *bundleWriter) put(content []byte) error {
	_, err := b.zip.Write(content)
	return err
}

func (b *bundleWriter) entries(ctx context.Context) error {
	var last Entry
	for leaf, err := range b.src.Leaves {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("read the entries of a bundle: %w", err)
		}
		seq := int64(len(b.places)) + 1
		e, err := ParseEntry(leaf.Entry)
		if err != nil {
			return fmt.Errorf("%w: entry %d: %w", ErrInvalidBundle, seq, err)
		}
		if e.Incident != b.m.Incident || e.Seq != seq {
			return fmt.Errorf("%w: entry %d of the incident was expected, entry %d came", ErrInvalidBundle, seq, e.Seq)
		}
		if n := len(b.places); n > 0 && leaf.Index <= b.places[n-1].index {
			return fmt.Errorf("%w: entry %d stands in the log before its predecessor", ErrInvalidBundle, seq)
		}
		b.places = append(b.places, place{index: leaf.Index, leaf: LeafHash(leaf.Entry)})
		last = e
		if err := b.put(leaf.Entry); err != nil {
			return err
		}
		if err := b.put([]byte{'\n'}); err != nil {
			return err
		}
	}
	n := int64(len(b.places))
	switch {
	case n != b.m.Entries:
		return fmt.Errorf("%w: %d entries came, the head says %d", ErrInvalidBundle, n, b.m.Entries)
	case last.Type != BundleSealType || !bytes.Equal(last.Data, b.seal):
		return fmt.Errorf("%w: the last entry is not the seal of this head: record a new one", ErrInvalidBundle)
	case b.places[n-1].index != b.cp.Size-1:
		return fmt.Errorf("%w: the seal is at %d of the log, the checkpoint must have size %d", ErrInvalidBundle,
			b.places[n-1].index, b.places[n-1].index+1)
	}
	return nil
}

func (b *bundleWriter) proofs(ctx context.Context) error {
	var line []byte
	for start := 0; start < len(b.places); start += proofBatch {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("write ledger bundle: %w", err)
		}
		batch := b.places[start:min(start+proofBatch, len(b.places))]
		indexes := make([]int64, len(batch))
		for i, p := range batch {
			indexes[i] = p.index
		}
		proofs, err := proveEach(b.cp.Size, indexes, b.src.Hashes)
		if err != nil {
			return err
		}
		for i, p := range batch {
			seq := int64(start+i) + 1
			if err := checkLeafHash(b.cp, p.index, p.leaf, proofs[i]); err != nil {
				return fmt.Errorf("%w: entry %d does not belong to the checkpoint: %w", ErrInvalidBundle, seq, err)
			}
			line = proofLine{Seq: seq, Index: p.index, Leaf: p.leaf, Hashes: proofs[i]}.append(line[:0])
			if err := b.put(append(line, '\n')); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bundleWriter) attachment(ctx context.Context, a Attachment) (err error) {
	if b.src.Open == nil {
		return fmt.Errorf("%w: there is no way to open attachments", ErrInvalidBundle)
	}
	content, err := b.src.Open(ctx, a)
	if err != nil {
		return fmt.Errorf("open attachment %s: %w", a.SHA256, err)
	}
	defer func() {
		if e := content.Close(); e != nil && err == nil {
			err = fmt.Errorf("close attachment %s: %w", a.SHA256, e)
		}
	}()
	digest := sha256.New()
	// One byte more than announced is enough to see that there is more.
	n, err := io.Copy(io.MultiWriter(b.zip, digest), io.LimitReader(contextReader{ctx, content}, a.Size+1))
	if err != nil {
		return fmt.Errorf("copy attachment %s: %w", a.SHA256, err)
	}
	if n != a.Size || fmt.Sprintf("%x", digest.Sum(nil)) != a.SHA256 {
		return fmt.Errorf("%w: attachment %s has another size or content than listed", ErrInvalidBundle, a.SHA256)
	}
	return nil
}

// contextReader ends reading when its context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

// Read implements [io.Reader].
func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

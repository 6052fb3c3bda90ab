package ledger

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// VerifyOptions are what [Verify] is told from outside. The zero value is
// usable.
type VerifyOptions struct {
	// Key is the verifier key ("vkey") that the checker obtained on a way of
	// their own. When empty, the bundle's own key is used and the report says
	// so: then a forger who made everything anew is not found out.
	Key string
	// Kept are signed checkpoints that the checker kept, as they came by mail:
	// those of the same size in the bundle must be the same. See
	// [FindCheckpoints].
	Kept []string
	// Rotations are signed changes of the log's key that the checker was given, as
	// [FindRotations] gives them: with them a bundle from before a change is
	// checked by whoever knows the later key alone.
	Rotations []string
	// Confirm checks what others confirmed of the bundle's checkpoints, with keys
	// that the checker has from elsewhere. When nil, nothing of it is checked, and the
	// report says so.
	Confirm ConfirmationCheck
	// Confirmations are what others confirmed, as the checker was given it beside the
	// bundle: of its own checkpoint, or of an earlier one.
	Confirmations []GivenConfirmation
	// MaxBytes limits the file and the sum of its contents, in bytes; 0 means
	// 4 GiB.
	MaxBytes int64
	// MaxRatio limits how many times larger than its packed form a file's
	// content may be; 0 means 100. Tocsin itself packs 1 to 1.
	MaxRatio int64
	// MaxProblems limits how many problems are listed; 0 means 1000.
	MaxProblems int
}

const (
	defaultMaxBytes    = 4 << 30
	defaultMaxRatio    = 100
	defaultMaxProblems = 1000
	// maxDirectoryBytes is how much is read to learn which files a ZIP has.
	maxDirectoryBytes = 4 << 20
	// anyRatioBytes is the size below which a ratio harms nobody.
	anyRatioBytes = 1 << 20
)

// Verify checks a bundle of the given size in bytes, offline, and reports what
// is wrong with it. It reads all of it, entry by entry, and trusts nothing in it
// but what the key signed.
//
// The error is for the checker's own side only: an option that is not valid, a
// cancelled context, a file that could not be read. Whatever is wrong with the
// bundle is in the report.
func Verify(ctx context.Context, r io.ReaderAt, size int64, opts VerifyOptions) (Report, error) {
	if opts.MaxBytes <= 0 {
		opts.MaxBytes = defaultMaxBytes
	}
	if opts.MaxRatio <= 0 {
		opts.MaxRatio = defaultMaxRatio
	}
	if opts.MaxProblems <= 0 {
		opts.MaxProblems = defaultMaxProblems
	}
	source := &sourceReader{ctx: ctx, r: r}
	v := verification{
		source: source,
		size:   size,
		opts:   opts,
		report: &Report{Problems: []Problem{}, Warnings: []string{}, Keys: []KeyReport{}, Confirmations: []ConfirmationReport{}, limit: opts.MaxProblems},
		files:  make(map[string]*zip.File),
	}
	if opts.Key != "" {
		if _, err := note.NewVerifier(opts.Key); err != nil {
			return Report{}, errors.New("verify ledger bundle: the given key is not a verifier key: it looks like origin+1a2b3c4d+base64")
		}
		v.report.Key, v.report.KeyIndependent = opts.Key, true
	}
	if v.open() {
		v.readManifest()
		v.readKeys()
		v.readCheckpoint()
		v.checkRotations()
		v.readHistory()
		v.readConfirmations()
		v.checkGiven()
		v.compareKept()
		v.doubted()
		v.readInstructions()
		v.readEntries()
		v.readAttachments()
		v.readPeople()
		v.refuseOthers()
		v.readContainer()
	}
	if failed := source.fail(nil); failed != nil {
		return Report{}, fmt.Errorf("verify ledger bundle: %w", failed)
	}
	v.report.History = len(v.past)
	return v.report.finish(), nil
}

// verification is one run of Verify.
type verification struct {
	source *sourceReader
	size   int64
	opts   VerifyOptions
	report *Report

	order []string             // file names as the directory lists them
	files map[string]*zip.File // by name
	read  []stored             // what was read, for the container's check
	clean bool                 // the set of files gave no cause for complaint

	keys        keyChain         // the log's, as the options or the manifest lead to them; nil for none
	manifest    *manifest        // nil when not valid
	manifestRaw []byte           // as found
	rotations   []provedRotation // the changes of the key that the bundle holds
	cp          *Checkpoint      // nil when not verified
	span        keySpan          // the key that signed it
	cpText      string           // as it was signed
	past        []Checkpoint     // the earlier ones whose signatures hold
	pastSpans   []keySpan        // the keys that signed them
	pastTexts   []string         // as they were signed
	passed      int              // how many of them the entries read so far have outgrown
	roots       map[int]string   // of the rounds that have one in the record
}

// open learns which files there are. It returns false when it makes no sense to
// go on.
func (v *verification) open() bool {
	if v.size > v.opts.MaxBytes {
		v.report.add(0, KindOversized, "the file has %d bytes, the limit is %d", v.size, v.opts.MaxBytes)
		return false
	}
	// The directory of a hostile file can be as long as the file.
	budget := &budgetReader{r: v.source, left: maxDirectoryBytes}
	z, err := zip.NewReader(budget, v.size)
	switch {
	case errors.Is(err, errBudget):
		v.report.add(0, KindOversized, "the directory of the ZIP is longer than %d bytes", maxDirectoryBytes)
		return false
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		v.notZip()
		return false
	}
	budget.free = true
	v.clean = true
	var total uint64
	for _, f := range z.File {
		v.take(f)
		// Both sums stay far from overflow: the limit ends the loop first.
		if f.UncompressedSize64 > uint64(v.opts.MaxBytes) || total+f.UncompressedSize64 > uint64(v.opts.MaxBytes) {
			v.report.add(0, KindOversized, "unpacked, the files would have more than %d bytes", v.opts.MaxBytes)
			return false
		}
		total += f.UncompressedSize64
		if f.UncompressedSize64 > anyRatioBytes && f.UncompressedSize64/uint64(v.opts.MaxRatio) > f.CompressedSize64 {
			v.report.add(0, KindOversized, "the file %s would grow more than %d times when unpacked", quoted(f.Name), v.opts.MaxRatio)
			return false
		}
	}
	return true
}

func (v *verification) notZip() {
	head := make([]byte, 4)
	if n, _ := v.source.ReadAt(head, 0); v.size >= 4 && n == 4 && string(head) == "PK\x03\x04" {
		v.report.add(0, KindTruncated, "the file starts as a ZIP, but its directory is damaged or missing: it is incomplete")
		return
	}
	v.report.add(0, KindNotZip, "the file is not a ZIP")
}

// take notes a file of the ZIP, if it is one that may be read.
func (v *verification) take(f *zip.File) {
	switch {
	case leaves(f.Name):
		v.report.add(0, KindPathTraversal, "the file name %s leads out of the folder it is unpacked in", quoted(f.Name))
	case !f.Mode().IsRegular():
		v.report.add(0, KindSymlink, "%s is not a regular file but a link, a folder or a device", quoted(f.Name))
	case v.files[f.Name] != nil:
		v.report.add(0, KindDuplicateName, "there are two files named %s", quoted(f.Name))
	default:
		v.files[f.Name] = f
		v.order = append(v.order, f.Name)
		return
	}
	v.clean = false
}

func (v *verification) readManifest() {
	raw, ok := v.whole(manifestFile, maxManifestBytes)
	if !ok {
		return
	}
	v.manifestRaw = raw
	m, err := parseManifest(raw)
	if err != nil {
		v.report.add(0, KindManifest, "%s: %v", manifestFile, err)
		return
	}
	v.manifest = &m
	v.report.Incident, v.report.Origin = m.Incident, m.Origin
}

func (v *verification) readCheckpoint() {
	text, ok := v.whole(checkpointFile, maxCheckpointBytes)
	if !ok {
		return
	}
	if v.keys == nil {
		v.report.add(0, KindSignature, "there is no key to check the checkpoint with")
		return
	}
	cp, span, signatures, err := v.keys.open(string(text))
	switch {
	case errors.Is(err, errUnknownKey):
		v.report.add(0, KindWrongKey, "the checkpoint is not signed with the key %s, nor with one that the log names beside it", quoted(v.report.Key))
	case errors.Is(err, errOutOfTurn):
		v.report.add(0, kindOf(err), "%v", err)
	case err == nil && v.manifest != nil && span.key != v.manifest.Key && v.keys.index(v.manifest.Key) >= 0:
		v.report.add(0, KindWrongKey, "the checkpoint is signed with the key %s, and the bundle says that it is signed with %s", quoted(span.key), quoted(v.manifest.Key))
	case errors.Is(err, ErrSignature):
		v.report.add(0, KindSignature, "the checkpoint does not hold: %v", err)
	case err != nil:
		v.report.add(0, KindCheckpoint, "%s: %v", checkpointFile, err)
	case signatures != 1:
		v.report.add(0, KindCheckpoint, "%s has %d signatures, one is expected", checkpointFile, signatures)
	case cp.Size == 0:
		v.report.add(0, KindCheckpoint, "the checkpoint is of an empty log")
	default:
		v.cp, v.span, v.cpText = &cp, span, string(text)
		v.report.Checkpoint = CheckpointReport{Size: cp.Size, Root: cp.Root.String(), SignedAt: cp.SignedAt.Format(timeLayout)}
		v.report.Origin = cp.Origin
	}
}

func (v *verification) readInstructions() {
	c, ok := v.content(instructionsFile)
	if !ok {
		return
	}
	digest := sha256.New()
	if !v.drain(c, digest) || v.manifest == nil {
		return
	}
	if fmt.Sprintf("%x", digest.Sum(nil)) != v.manifest.Verify {
		v.report.add(0, KindInstructions, "%s is not the text that was exported", instructionsFile)
	}
}

func (v *verification) readAttachments() {
	if v.manifest == nil {
		return
	}
	for _, a := range v.manifest.files() {
		c, ok := v.content(attachmentsDir + a.SHA256)
		if !ok {
			continue
		}
		digest := sha256.New()
		if !v.drain(c, digest) {
			continue
		}
		if c.n != a.Size || fmt.Sprintf("%x", digest.Sum(nil)) != a.SHA256 {
			v.report.add(0, KindAttachment, "the content of the attachment %s is not the listed one", a.SHA256)
		}
	}
}

// refuseOthers complains about files that nothing above asked for.
func (v *verification) refuseOthers() {
	wanted := map[string]bool{
		manifestFile: true, checkpointFile: true, entriesFile: true, proofsFile: true, instructionsFile: true,
		historyFile: v.manifest == nil || v.manifest.Version > 1,
		keysFile:    v.manifest == nil || v.manifest.Version > 2,
		anchorsFile: v.manifest == nil || v.manifest.Version > 3,
	}
	if v.manifest != nil {
		for _, a := range v.manifest.Attachments {
			wanted[attachmentsDir+a.SHA256] = true
		}
		if p := v.manifest.People; p != nil {
			for _, f := range p.Files {
				wanted[peopleDir+f.Name] = true
			}
		}
	}
	for _, name := range v.order {
		// Without a manifest nobody knows which attachments and files of people belong.
		unknown := v.manifest == nil && (strings.HasPrefix(name, attachmentsDir) || strings.HasPrefix(name, peopleDir))
		if !wanted[name] && !unknown {
			v.clean = false
			v.report.add(0, KindUnexpectedFile, "the file %s does not belong to the bundle", quoted(name))
		}
	}
}

// readContainer compares every byte outside the files' contents. Where the set
// of files is wrong already, the container cannot be right, and saying so again
// helps nobody.
func (v *verification) readContainer() {
	if !v.clean || v.manifest == nil {
		return
	}
	byName := make(map[string]stored, len(v.read))
	for _, f := range v.read {
		byName[f.name] = f
	}
	names := []string{instructionsFile, manifestFile, checkpointFile}
	if v.manifest.Version > 1 {
		names = append(names, historyFile)
	}
	if v.manifest.Version > 2 {
		names = append(names, keysFile)
	}
	if v.manifest.Version > 3 {
		names = append(names, anchorsFile)
	}
	names = append(names, entriesFile, proofsFile)
	for _, a := range v.manifest.files() {
		names = append(names, attachmentsDir+a.SHA256)
	}
	if p := v.manifest.People; p != nil {
		for _, f := range p.Files {
			names = append(names, peopleDir+f.Name)
		}
	}
	files := make([]stored, 0, len(names))
	for _, name := range names {
		f, ok := byName[name]
		if !ok {
			return // reported as missing or damaged
		}
		files = append(files, f)
	}
	at, err := compareContainer(v.source, v.size, files)
	if err != nil {
		return // v.source keeps it
	}
	if at >= 0 {
		v.report.add(0, KindContainer, "the ZIP differs at byte %d from what was exported: it was packed again, or changed outside the files' contents; ask for the original file", at)
	}
}

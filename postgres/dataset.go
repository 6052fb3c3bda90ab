package postgres

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// dataSetPart is how much of a data set is sealed at once, in bytes.
const dataSetPart = 1 << 20

// PutDataSet stores a file of people as it comes, sealed in parts under the
// incident's key. The incident need not be open yet. What breaks off leaves
// nothing. The caller bounds its size.
func (s *Store) PutDataSet(ctx context.Context, incidentID, name, mediaType string, content io.Reader) (incident.Document, error) {
	mediaType, err := checkDocument(name, mediaType, nil)
	if err != nil {
		return incident.Document{}, err
	}
	key, err := s.incidentKey(ctx, incidentID)
	if err != nil {
		return incident.Document{}, failed("store data set", err)
	}
	doc := incident.Document{ID: "ds_" + rand.Text(), Name: name, MediaType: mediaType}
	_, err = s.pool.Exec(ctx, `
		INSERT INTO data_set (id, incident, name, media_type, size, sha256, created_at) VALUES (@id, @incident, @name, @type, 0, '', @now)`,
		pgx.NamedArgs{"id": doc.ID, "incident": incidentID, "name": name, "type": mediaType, "now": s.now()})
	if err != nil {
		return incident.Document{}, failed("store data set", err)
	}
	sum := sha256.New()
	doc.Size, err = s.putParts(ctx, key, doc.ID, io.TeeReader(content, sum))
	if err == nil {
		doc.SHA256 = hex.EncodeToString(sum.Sum(nil))
		_, err = s.pool.Exec(ctx, `UPDATE data_set SET size = @size, sha256 = @sha256 WHERE id = @id`,
			pgx.NamedArgs{"id": doc.ID, "size": doc.Size, "sha256": doc.SHA256})
		err = failed("store data set", err)
	}
	if err != nil {
		return incident.Document{}, errors.Join(err, s.DropDataSet(context.WithoutCancel(ctx), incidentID, doc.ID))
	}
	return doc, nil
}

func (s *Store) putParts(ctx context.Context, key *incidentKey, id string, content io.Reader) (size int64, err error) {
	part := make([]byte, dataSetPart)
	for n := 0; ; n++ {
		read, err := io.ReadFull(content, part)
		if errors.Is(err, io.EOF) {
			return size, nil
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return size, err
		}
		last := err != nil
		size += int64(read)
		sealed, err := key.seal("data_set_part", "content", id+"/"+strconv.Itoa(n), part[:read])
		if err != nil {
			return size, err
		}
		if _, err := s.pool.Exec(ctx, `INSERT INTO data_set_part (data_set, n, content) VALUES (@id, @n, @content)`,
			pgx.NamedArgs{"id": id, "n": n, "content": sealed}); err != nil {
			return size, failed("store data set", err)
		}
		if last {
			return size, nil
		}
	}
}

// DropDataSet removes a data set that no case came of.
func (s *Store) DropDataSet(ctx context.Context, incidentID, id string) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM data_set WHERE id = @id AND incident = @incident`, pgx.NamedArgs{"id": id, "incident": incidentID})
	return failed("remove data set", err)
}

// DataSet gives a stored data set as it came. What was changed in it since fails
// while it is read. One that is not there, or was erased, is [incident.NotFound].
func (s *Store) DataSet(ctx context.Context, incidentID, id string) (incident.Document, io.Reader, error) {
	doc := incident.Document{ID: id}
	err := s.pool.QueryRow(ctx, `SELECT name, media_type, size, sha256 FROM data_set WHERE id = @id AND incident = @incident AND sha256 <> ''`,
		pgx.NamedArgs{"id": id, "incident": incidentID}).Scan(&doc.Name, &doc.MediaType, &doc.Size, &doc.SHA256)
	if errors.Is(err, pgx.ErrNoRows) {
		gone, err := s.ErasedAt(ctx, incidentID)
		if err != nil {
			return doc, nil, err
		}
		if !gone.IsZero() {
			return doc, nil, erased(gone)
		}
		return doc, nil, &incident.Error{Kind: incident.NotFound, Message: "this incident has no such data set"}
	}
	if err != nil {
		return doc, nil, failed("read data set", err)
	}
	key, err := s.incidentKey(ctx, incidentID)
	if err != nil {
		return doc, nil, failed("read data set", err)
	}
	return doc, &dataSetReader{s: s, ctx: ctx, key: key, doc: doc, sum: sha256.New()}, nil
}

// dataSetReader reads a data set part by part.
type dataSetReader struct {
	s    *Store
	ctx  context.Context
	key  *incidentKey
	doc  incident.Document
	sum  hash.Hash
	n    int
	read int64
	rest []byte
}

// Read implements [io.Reader].
func (r *dataSetReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.read == r.doc.Size {
			if hex.EncodeToString(r.sum.Sum(nil)) != r.doc.SHA256 {
				return 0, errors.New("read data set: it is not the one that was stored")
			}
			return 0, io.EOF
		}
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *dataSetReader) next() error {
	var sealed []byte
	err := r.s.pool.QueryRow(r.ctx, `SELECT content FROM data_set_part WHERE data_set = @id AND n = @n`,
		pgx.NamedArgs{"id": r.doc.ID, "n": r.n}).Scan(&sealed)
	if err != nil {
		return failed("read data set", err)
	}
	if r.rest, err = r.key.open("data_set_part", "content", r.doc.ID+"/"+strconv.Itoa(r.n), sealed); err != nil {
		return err
	}
	r.n++
	r.read += int64(len(r.rest))
	if r.read > r.doc.Size || len(r.rest) == 0 {
		return errors.New("read data set: it is not the one that was stored")
	}
	r.sum.Write(r.rest)
	return nil
}

// dropDataSets removes those of an incident, or, without one, those of before an
// instant that no case came of.
func (s *Store) dropDataSets(ctx context.Context, incidentID string, before time.Time) error {
	_, err := s.pool.Exec(ctx, `
		DELETE FROM data_set d
		WHERE CASE WHEN @incident <> '' THEN d.incident = @incident
		      ELSE d.created_at < @before AND NOT EXISTS (SELECT FROM event e WHERE e.incident = d.incident AND strpos(e.data::text, d.id) > 0)
		          AND NOT EXISTS (SELECT FROM disclosure_waiting w WHERE w.incident = d.incident) END`,
		pgx.NamedArgs{"incident": incidentID, "before": before})
	if err != nil {
		return fmt.Errorf("remove data sets: %w", err)
	}
	return nil
}

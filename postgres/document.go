package postgres

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// MaxDocument is the greatest size of a document, in bytes: 5 MB.
const MaxDocument = 5 << 20

// PutDocument stores a file as evidence, sealed under the incident's key. The
// incident need not be open yet. The same file under the same name and type
// is stored once: putting it again answers the first.
//
// mediaType is a media type such as message/rfc822; empty stands for
// application/octet-stream.
func (s *Store) PutDocument(ctx context.Context, incidentID, name, mediaType string, content []byte) (incident.Document, error) {
	mediaType, err := checkDocument(name, mediaType, content)
	if err != nil {
		return incident.Document{}, err
	}
	key, err := s.incidentKey(ctx, incidentID)
	if err != nil {
		return incident.Document{}, failed("store document", err)
	}
	sum := sha256.Sum256(content)
	doc := incident.Document{
		ID: "doc_" + rand.Text(), Name: name, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content)), MediaType: mediaType,
	}
	sealed, err := key.seal("document", "content", doc.ID, content)
	if err != nil {
		return incident.Document{}, err
	}
	args := pgx.NamedArgs{
		"id": doc.ID, "incident": incidentID, "name": name, "media_type": mediaType, "size": doc.Size,
		"sha256": doc.SHA256, "now": s.now(), "content": sealed,
	}
	batch := &pgx.Batch{}
	batch.Queue(`
		INSERT INTO document (id, incident, name, media_type, size, sha256, created_at, content)
		VALUES (@id, @incident, @name, @media_type, @size, @sha256, @now, @content)
		ON CONFLICT (incident, sha256, name, media_type) DO NOTHING`, args)
	batch.Queue(`
		SELECT id FROM document
		WHERE incident = @incident AND sha256 = @sha256 AND name = @name AND media_type = @media_type`, args,
	).QueryRow(func(row pgx.Row) error { return row.Scan(&doc.ID) })
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return incident.Document{}, failed("store document", err)
	}
	return doc, nil
}

// checkDocument refuses what could not travel in a bundle.
func checkDocument(name, mediaType string, content []byte) (string, error) {
	if len(content) > MaxDocument {
		return "", incident.FieldError(incident.TooLarge, "content", fmt.Sprintf("%d bytes", len(content)),
			"the file is too large", incident.Say("at most %d bytes", MaxDocument))
	}
	if name == "" || name == "." || name == ".." || len(name) > 255 || !utf8.ValidString(name) ||
		strings.ContainsAny(name, `/\`) || strings.IndexFunc(name, unicode.IsControl) >= 0 {
		return "", incident.InvalidField("name", strings.ToValidUTF8(name, "�"), "is not a file name",
			"a name of at most 255 bytes, without a path and without control characters")
	}
	if mediaType == "" {
		return "application/octet-stream", nil
	}
	if _, _, err := mime.ParseMediaType(mediaType); err != nil || !strings.Contains(mediaType, "/") ||
		len(mediaType) > 255 || !utf8.ValidString(mediaType) {
		return "", incident.InvalidField("media_type", strings.ToValidUTF8(mediaType, "�"), "is not a media type",
			"a type such as message/rfc822")
	}
	return mediaType, nil
}

// Document gives a stored file. One that is not there, or not of this
// incident, is [incident.NotFound], and so is one that was erased. Papers that
// were kept when the incident was erased are given as before.
func (s *Store) Document(ctx context.Context, incidentID, id string) (incident.Document, []byte, error) {
	doc := incident.Document{ID: id}
	var sealed []byte
	err := s.pool.QueryRow(ctx, `
		SELECT name, media_type, size, sha256, content FROM document WHERE incident = @incident AND id = @id`,
		pgx.NamedArgs{"incident": incidentID, "id": id}).Scan(&doc.Name, &doc.MediaType, &doc.Size, &doc.SHA256, &sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return s.paper(ctx, incidentID, id)
	}
	if err != nil {
		return incident.Document{}, nil, failed("read document", err)
	}
	key, err := s.incidentKey(ctx, incidentID)
	if incident.KindOf(err) == incident.NotFound {
		return s.paper(ctx, incidentID, id)
	}
	if err != nil {
		return incident.Document{}, nil, failed("read document", err)
	}
	content, err := key.open("document", "content", id, sealed)
	if err != nil {
		return incident.Document{}, nil, failed("read document", err)
	}
	return whole(doc, content)
}

// whole gives a document whose content is the one that was stored.
func whole(doc incident.Document, content []byte) (incident.Document, []byte, error) {
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != doc.SHA256 {
		return incident.Document{}, nil, errors.New("read document: its content is not the one that was stored")
	}
	return doc, content, nil
}

package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// DocumentOf names a file of an incident.
type DocumentOf struct {
	// Incident and ID are the ids of the incident and of the file.
	Incident, ID string
}

// Documents gives the content of several files, of any incidents, by their names.
// What is not there, belongs to another incident or was erased is left out; papers
// that were kept when the incident was erased are given as [Store.Document] does.
func (s *Store) Documents(ctx context.Context, of []DocumentOf) (map[DocumentOf][]byte, error) {
	incidents, ids := make([]string, len(of)), make([]string, len(of))
	for i, one := range of {
		incidents[i], ids[i] = one.Incident, one.ID
	}
	rows, err := s.pool.Query(ctx, `
		SELECT d.incident, d.id, d.sha256, d.content
		FROM document d JOIN unnest(@incidents::text[], @ids::text[]) AS asked (incident, id) USING (incident, id)`,
		pgx.NamedArgs{"incidents": incidents, "ids": ids})
	if err != nil {
		return nil, failed("read documents", err)
	}
	type sealed struct {
		of      DocumentOf
		sum     string
		content []byte
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (one sealed, err error) {
		err = row.Scan(&one.of.Incident, &one.of.ID, &one.sum, &one.content)
		return one, err
	})
	if err != nil {
		return nil, failed("read documents", err)
	}
	out := make(map[DocumentOf][]byte, len(of))
	for _, one := range found {
		key, err := s.incidentKey(ctx, one.of.Incident)
		if incident.KindOf(err) == incident.NotFound {
			continue // erased; what was kept is looked for below
		}
		if err != nil {
			return nil, failed("read documents", err)
		}
		content, err := key.open("document", "content", one.of.ID, one.content)
		if err != nil {
			return nil, failed("read documents", err)
		}
		if _, out[one.of], err = whole(incident.Document{SHA256: one.sum}, content); err != nil {
			return nil, err
		}
	}
	for _, one := range of {
		if _, ok := out[one]; ok {
			continue
		}
		_, content, err := s.paper(ctx, one.Incident, one.ID)
		if incident.KindOf(err) == incident.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[one] = content
	}
	return out, nil
}

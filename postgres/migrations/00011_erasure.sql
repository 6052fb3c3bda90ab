-- Erasing people's data on schedule: what stays readable, and how files go.

-- +goose Up

-- paper holds the files that stay readable when an incident's people are erased:
-- what was filed and sent, and what a person decided to keep. They are sealed
-- anew under a key of their own, since the incident's key is deleted.
CREATE TABLE paper (
    id         text        PRIMARY KEY, -- of the document that it was
    incident   text        NOT NULL REFERENCES incident_key (incident),
    name       text        NOT NULL,
    media_type text        NOT NULL,
    size       bigint      NOT NULL CHECK (size >= 0),
    sha256     text        NOT NULL,
    kept_at    timestamptz NOT NULL,
    content    bytea       NOT NULL -- sealed
);
CREATE INDEX paper_incident ON paper (incident);
ALTER TABLE paper ALTER COLUMN content SET STORAGE EXTERNAL;

-- The application may not delete documents. These two functions of the owner's
-- delete for it what nobody can read any more, and what no record names.

-- +goose StatementBegin
CREATE FUNCTION delete_erased_documents(of_incident text) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    WITH gone AS (
        DELETE FROM tocsin.document d USING tocsin.incident_key k
        WHERE k.incident = d.incident AND k.incident = of_incident AND k.erased_at IS NOT NULL
        RETURNING 1)
    SELECT count(*) FROM gone
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION delete_unnamed_documents(at_most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    WITH gone AS (
        DELETE FROM tocsin.document WHERE id IN (
            SELECT d.id FROM tocsin.document d
            WHERE d.created_at < pg_catalog.now() - interval '7 days'
              AND d.created_at > pg_catalog.now() - interval '180 days' -- older ones were looked at often enough
              AND NOT EXISTS (
                SELECT FROM tocsin.event e WHERE e.incident = d.incident AND pg_catalog.strpos(e.data::text, d.id) > 0)
            LIMIT at_most)
        RETURNING 1)
    SELECT count(*) FROM gone
$$;
-- +goose StatementEnd

-- Abandoned imports are looked for by their age.
CREATE INDEX people_import_abandoned ON people_import (created_at) WHERE round IS NULL;

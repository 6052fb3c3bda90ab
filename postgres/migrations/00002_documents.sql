-- One key per incident, and the documents kept under it.

-- +goose Up

-- incident_key holds each incident's key, wrapped by the installation's master
-- key. An erased key leaves its row, so that no second key is ever made.
CREATE TABLE incident_key (
    incident   text        PRIMARY KEY CHECK (incident <> ''),
    keyset     bytea,
    secret     bytea, -- sealed under the keyset; other keys are derived from it
    created_at timestamptz NOT NULL,
    erased_at  timestamptz,
    CHECK ((keyset IS NULL) = (erased_at IS NOT NULL)),
    CHECK ((secret IS NULL) = (erased_at IS NOT NULL))
);

-- document holds raw evidence. It is stored before the event that names it,
-- and even before its incident is opened.
CREATE TABLE document (
    id         text        PRIMARY KEY,
    incident   text        NOT NULL REFERENCES incident_key (incident),
    name       text        NOT NULL,
    media_type text        NOT NULL,
    size       bigint      NOT NULL CHECK (size >= 0),
    sha256     text        NOT NULL,
    created_at timestamptz NOT NULL,
    content    bytea       NOT NULL, -- sealed
    UNIQUE (incident, sha256, name, media_type)
);
ALTER TABLE document ALTER COLUMN content SET STORAGE EXTERNAL; -- sealed bytes do not compress

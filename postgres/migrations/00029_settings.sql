-- What people decided for the whole installation, in the place of the operator's
-- values.

-- +goose Up

-- setting is one change of one setting. Nothing here is ever changed: what held at
-- an instant can be read at any time.
CREATE TABLE setting (
    seq     bigint      PRIMARY KEY, -- the number of the installation's event that says so
    key     text        NOT NULL CHECK (key <> ''),
    before  text        NOT NULL,
    value   text        NOT NULL,
    salt    bytea       NOT NULL CHECK (octet_length(salt) >= 16), -- of the commitments in the event
    since   timestamptz NOT NULL,
    account text        NOT NULL, -- who decided
    role    text        NOT NULL
);
CREATE INDEX setting_key ON setting (key, seq DESC);

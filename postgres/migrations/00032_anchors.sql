-- Checkpoints that others confirmed: witnesses by a cosignature, authorities by a
-- time stamp.

-- +goose Up

-- anchor is what one of them answered. That it is there, and its hash, is an entry
-- of the record; nothing here is ever changed.
CREATE TABLE anchor (
    size    bigint      NOT NULL REFERENCES checkpoint (size),
    kind    text        NOT NULL CHECK (kind IN ('cosignature', 'timestamp')),
    name    text        NOT NULL CHECK (name <> ''),
    seq     bigint      NOT NULL UNIQUE, -- the number of the installation's event that says so
    content bytea       NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 65536),
    at      timestamptz NOT NULL, -- when they confirmed it, by their clock
    PRIMARY KEY (kind, name, size)
);
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON anchor
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE anchor ENABLE ALWAYS TRIGGER refuse_change;

-- anchor_attempt is how the last attempt with each of them went.
CREATE TABLE anchor_attempt (
    kind    text        NOT NULL,
    name    text        NOT NULL,
    tried   timestamptz NOT NULL,
    failing timestamptz, -- since when every attempt failed; NULL when the last did not
    problem text        NOT NULL DEFAULT '', -- the last one, a word of the program
    PRIMARY KEY (kind, name)
);

-- What tells copies from the installation: marks of its keys, and looks of its machines.

-- +goose Up

-- looks counts how often a machine that acts has looked at this database. Where the sum
-- grows, the installation is alive here; in a copy it stands still.
ALTER TABLE machine ADD COLUMN looks bigint NOT NULL DEFAULT 0;

-- key_mark recognises the files of keys with which the record was written.
CREATE TABLE key_mark (
    name    text        PRIMARY KEY CHECK (name <> ''), -- the file
    mark    text        NOT NULL CHECK (mark <> ''),    -- base64; does not give the key away
    made_at timestamptz NOT NULL
);

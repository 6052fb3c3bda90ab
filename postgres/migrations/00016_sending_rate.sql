-- How far mail has run ahead of the rates that relays and domains of recipients
-- take, for all workers together.

-- +goose Up
-- Unlogged: it changes several times a second, nothing waits for the disk, and
-- after a crash of PostgreSQL every rate begins anew with one burst.
CREATE UNLOGGED TABLE sending_rate (
    name    bytea PRIMARY KEY, -- a keyed hash: a domain may be a person's own
    full_us bigint NOT NULL    -- when all permits are back, in microseconds since 1970 by this database's clock
);

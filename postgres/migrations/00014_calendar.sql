-- The secret addresses of the calendar of deadlines.

-- +goose Up

-- calendar is one address per account. It opens the calendar alone, and no page.
CREATE TABLE calendar (
    account    text        PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    digest     bytea       NOT NULL UNIQUE CHECK (octet_length(digest) = 32), -- SHA-256
    created_at timestamptz NOT NULL
);

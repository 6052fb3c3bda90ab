-- The people who work on cases.

-- +goose Up

CREATE TABLE account (
    id         text        PRIMARY KEY, -- a salted commitment to the address
    salt       bytea       NOT NULL,
    email      text        NOT NULL CONSTRAINT account_email UNIQUE, -- lower case
    name       text        NOT NULL,
    role       text        NOT NULL,
    locale     text        NOT NULL,
    zone       text        NOT NULL,
    password   text        NOT NULL, -- argon2id; empty when there is none
    token      bytea       NOT NULL UNIQUE CHECK (octet_length(token) = 32), -- SHA-256
    created_at timestamptz NOT NULL
);

CREATE TABLE session (
    token      bytea       PRIMARY KEY CHECK (octet_length(token) = 32), -- SHA-256
    account    text        NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX session_account ON session (account);

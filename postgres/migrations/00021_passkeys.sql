-- Passkeys, and what is remembered between a question and its answer.

-- +goose Up

-- passkey is a key of an account whose private half never leaves its device.
-- What is stored is public. credential is the authenticator's own name for it.
CREATE TABLE passkey (
    id         text        PRIMARY KEY,
    account    text        NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name       text        NOT NULL CHECK (name <> ''),
    credential bytea       NOT NULL CONSTRAINT passkey_credential UNIQUE,
    party      text        NOT NULL, -- the host name for which it was made
    record     jsonb       NOT NULL, -- public key, counter and flags, as the library writes them
    created_at timestamptz NOT NULL,
    used_at    timestamptz,
    refused_at timestamptz -- when its counter last went backwards: a copy may exist
);
CREATE INDEX passkey_account ON passkey (account);

-- ceremony is a question that was asked and waits for its answer. It is held by
-- one browser, counts once and for five minutes. holder is the hash of what that
-- browser keeps in a cookie; account is who is known already.
CREATE TABLE ceremony (
    holder     bytea       NOT NULL CHECK (octet_length(holder) = 32), -- SHA-256
    purpose    text        NOT NULL,
    account    text        REFERENCES account (id) ON DELETE CASCADE,
    data       jsonb       NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (holder, purpose)
);
CREATE INDEX ceremony_expires ON ceremony (expires_at);

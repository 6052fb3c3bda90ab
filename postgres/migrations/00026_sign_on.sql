-- Whom a provider of identities knows as which account.

-- +goose Up

-- sign_on ties a person at a provider to an account. What the provider calls the
-- person is stored as a keyed hash: it is compared, and never read.
CREATE TABLE sign_on (
    issuer     text        NOT NULL CHECK (issuer <> ''),
    subject    bytea       NOT NULL CHECK (octet_length(subject) = 32), -- HMAC-SHA-256 under the installation's index key
    account    text        NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    used_at    timestamptz,
    CONSTRAINT sign_on_subject PRIMARY KEY (issuer, subject),
    CONSTRAINT sign_on_account UNIQUE (account, issuer)
);

-- sign_on is the provider by which a session began; empty for a password or a
-- passkey. It is recorded when a pending session is completed.
ALTER TABLE session ADD COLUMN sign_on text NOT NULL DEFAULT '';

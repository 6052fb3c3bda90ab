-- Second factors, tokens with a name and an end, and accounts that ended.

-- +goose Up

-- totp is the secret of the second factor, sealed by the master key; NULL when
-- there is none. totp_step is the last step whose code was used: a code counts
-- once. totp_proposed is a secret that its owner has not confirmed yet.
ALTER TABLE account
    ADD COLUMN ended_at      timestamptz,
    ADD COLUMN totp          bytea,
    ADD COLUMN totp_proposed bytea,
    ADD COLUMN totp_step     bigint NOT NULL DEFAULT 0;

-- token opens the API. It is shown once and stored hashed.
CREATE TABLE token (
    id         text        PRIMARY KEY,
    account    text        NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name       text        NOT NULL CHECK (name <> ''),
    digest     bytea       NOT NULL UNIQUE CHECK (octet_length(digest) = 32), -- SHA-256
    reads_only boolean     NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz, -- NULL for a token without an end
    used_at    timestamptz, -- to the minute
    revoked_at timestamptz
);
CREATE INDEX token_account ON token (account);
INSERT INTO token (id, account, name, digest, reads_only, created_at)
SELECT 'tk_' || left(id, 20), id, 'first', token, false, created_at FROM account;
ALTER TABLE account DROP COLUMN token;

-- recovery_code replaces the second factor once, when the device is lost.
CREATE TABLE recovery_code (
    account text  NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    digest  bytea NOT NULL CHECK (octet_length(digest) = 32), -- HMAC-SHA-256 under the installation's index key
    PRIMARY KEY (account, digest)
);

-- A pending session has shown the password and not yet the second factor: it
-- opens nothing. tries counts wrong codes.
ALTER TABLE session
    ADD COLUMN pending boolean NOT NULL DEFAULT false,
    ADD COLUMN tries   integer NOT NULL DEFAULT 0;

-- What goes by mail to the holder of an account.

-- +goose Up

-- invited says that an account was made by an invitation that nobody has
-- accepted yet: it has no password.
ALTER TABLE account ADD COLUMN invited boolean NOT NULL DEFAULT false;

-- account_mail is one mail with a link to the holder of an account. digest is the
-- hash of what opens; the secret itself is derived from the id under the
-- installation's index key when the mail is written, so that a copy of the
-- database opens nothing.
CREATE TABLE account_mail (
    id           text        PRIMARY KEY,
    account      text        NOT NULL,
    kind         text        NOT NULL CHECK (kind IN ('invitation')),
    digest       bytea       NOT NULL UNIQUE CHECK (octet_length(digest) = 32), -- SHA-256
    made_at      timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    sent_at      timestamptz, -- taken by the relay
    refused_at   timestamptz, -- refused by the relay for good
    used_at      timestamptz,
    withdrawn_at timestamptz  -- or replaced
);
CREATE INDEX account_mail_account ON account_mail (account, made_at);

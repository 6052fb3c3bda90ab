-- What goes by mail to the holder of an account, and of whom more than a password
-- is demanded.

-- +goose Up

-- invited says that an account was made by an invitation that nobody has
-- accepted yet: it has no password.
ALTER TABLE account ADD COLUMN invited boolean NOT NULL DEFAULT false;

-- account_mail is one mail to the holder of an account. Where it carries a link,
-- digest is the hash of what opens; the secret itself is derived from the id under
-- the installation's index key when the mail is written, so that a copy of the
-- database opens nothing. account is NULL where a new password was asked for and
-- there is no such account: the row is written either way, and without a foreign
-- key takes as long.
CREATE TABLE account_mail (
    id           text        PRIMARY KEY,
    account      text,
    kind         text        NOT NULL CHECK (kind IN ('invitation', 'reset', 'changed')),
    digest       bytea       UNIQUE CHECK (octet_length(digest) = 32), -- SHA-256
    drop_factor  boolean     NOT NULL DEFAULT false, -- using the link turns the second factor off too
    made_at      timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    decided_at   timestamptz, -- that it is sent; NULL until a new password that was asked for is looked at
    sent_at      timestamptz, -- taken by the relay
    refused_at   timestamptz, -- refused by the relay for good
    used_at      timestamptz,
    withdrawn_at timestamptz, -- or replaced
    CHECK ((kind = 'changed') = (digest IS NULL)),
    CHECK (account IS NOT NULL OR decided_at IS NULL)
);
CREATE INDEX account_mail_account ON account_mail (account, made_at);

-- factor_demand says of which roles a second factor is demanded, and from when.
CREATE TABLE factor_demand (
    role       text        PRIMARY KEY,
    since      timestamptz NOT NULL
);

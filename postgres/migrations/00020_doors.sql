-- What goes by mail to the holder of an account, of whom more than a password is
-- demanded, and the links for outside counsel.

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

-- counsel_link shows the pages of one case to outside counsel. It is shown once
-- and stored hashed.
CREATE TABLE counsel_link (
    id         text        PRIMARY KEY,
    incident   text        NOT NULL,
    name       text        NOT NULL CHECK (name <> ''),
    made_by    text        NOT NULL,
    locale     text        NOT NULL,
    zone       text        NOT NULL,
    digest     bytea       NOT NULL UNIQUE CHECK (octet_length(digest) = 32), -- SHA-256
    made_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    opened     integer     NOT NULL DEFAULT 0,
    opened_at  timestamptz
);
CREATE INDEX counsel_link_incident ON counsel_link (incident, made_at);

-- counsel_session is what opening such a link gives, for an hour.
CREATE TABLE counsel_session (
    token      bytea       PRIMARY KEY CHECK (octet_length(token) = 32), -- SHA-256
    link       text        NOT NULL REFERENCES counsel_link (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);

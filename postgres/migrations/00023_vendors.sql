-- Vendors of the installation, and which cases are about them.

-- +goose Up

-- vendor is the list. Its contact is a person at the vendor whom the controller
-- can ask: kept like the names and addresses of accounts, changed and emptied at
-- will, and in no entry of the record.
CREATE TABLE vendor (
    id             text        PRIMARY KEY,
    name           text        NOT NULL CHECK (name <> ''),
    contact_name   text        NOT NULL,
    contact_email  text        NOT NULL,
    contact_phone  text        NOT NULL,
    contract_hours integer     NOT NULL CHECK (contract_hours BETWEEN 0 AND 8760), -- 0 for none agreed
    contract       text        NOT NULL, -- where the contract says so
    processes      text        NOT NULL, -- which data, of whom, what for
    created_at     timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    ended_at       timestamptz           -- NULL while it works for the controller
);
CREATE UNIQUE INDEX vendor_name ON vendor (lower(name)) WHERE ended_at IS NULL;

-- What the page of a vendor needs of its cases, taken from their events.
ALTER TABLE incident
    ADD COLUMN vendor_id    text    NOT NULL DEFAULT '', -- empty while nobody has said which vendor it is
    ADD COLUMN vendor_hours integer NOT NULL DEFAULT 0,  -- the contract's, as they were when it was linked
    ADD COLUMN received_at  timestamptz,                 -- the incident's own time, as the next one
    ADD COLUMN detected_at  timestamptz;                 -- when the vendor found out, if told
CREATE INDEX incident_of_vendor ON incident (vendor_id, opened_at DESC) WHERE vendor_id <> '';
CREATE INDEX incident_names_vendor ON incident (lower(vendor)) WHERE vendor_id = '' AND vendor <> '';

-- disclosure_link lets a vendor tell of a breach without an account. What opens
-- it is shown once and stored hashed.
CREATE TABLE disclosure_link (
    id           text        PRIMARY KEY,
    vendor       text        NOT NULL REFERENCES vendor (id),
    digest       bytea       NOT NULL UNIQUE CHECK (octet_length(digest) = 32), -- SHA-256
    authority    text        NOT NULL, -- of the cases that it opens
    zone         text        NOT NULL, -- in which times are meant on its page
    locale       text        NOT NULL, -- of the titles of its cases
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,          -- NULL for until it is withdrawn
    most         integer     NOT NULL CHECK (most BETWEEN 1 AND 100), -- uses
    withdrawn_at timestamptz
);
CREATE INDEX disclosure_link_vendor ON disclosure_link (vendor, created_at);

-- disclosure_use is one use of a link: the same form sent again is the same use.
CREATE TABLE disclosure_use (
    incident    text        PRIMARY KEY CHECK (incident <> ''),
    link        text        NOT NULL REFERENCES disclosure_link (id),
    reference   text        NOT NULL UNIQUE,
    received_at timestamptz NOT NULL
);
CREATE INDEX disclosure_use_link ON disclosure_use (link);

-- data_set is a file of people as a vendor sent it, sealed in parts under the
-- incident's key. Nothing of it is imported by itself.
CREATE TABLE data_set (
    id         text        PRIMARY KEY,
    incident   text        NOT NULL REFERENCES incident_key (incident),
    name       text        NOT NULL,
    media_type text        NOT NULL,
    size       bigint      NOT NULL CHECK (size >= 0),
    sha256     text        NOT NULL, -- empty while it comes
    created_at timestamptz NOT NULL
);
CREATE INDEX data_set_incident ON data_set (incident);
CREATE TABLE data_set_part (
    data_set text    NOT NULL REFERENCES data_set (id) ON DELETE CASCADE,
    n        integer NOT NULL,
    content  bytea   NOT NULL, -- sealed
    PRIMARY KEY (data_set, n)
);
ALTER TABLE data_set_part ALTER COLUMN content SET STORAGE EXTERNAL; -- sealed bytes do not compress

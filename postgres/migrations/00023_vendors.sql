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

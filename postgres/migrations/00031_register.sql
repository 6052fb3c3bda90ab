-- The register of GDPR Art. 33(5): what became of each case, in columns by which
-- it is chosen, ordered and counted, beside the whole as JSON.

-- +goose Up

CREATE TABLE register (
    incident    text        NOT NULL PRIMARY KEY REFERENCES incident (id),
    exercise    boolean     NOT NULL,
    began_at    timestamptz NOT NULL, -- awareness, or the opening; the case's own time
    year        smallint    NOT NULL, -- of began_at in the case's zone
    month       smallint    NOT NULL CHECK (month BETWEEN 1 AND 12),
    closed      boolean     NOT NULL,
    outcome     text        NOT NULL, -- notified, owed, not_notified, undecided, withdrawn
    severity    text        NOT NULL, -- low, medium, high, very high; empty while nobody judged it
    vendor      text        NOT NULL, -- in small letters
    searched    text        NOT NULL, -- what a search looks into, in small letters
    confidentiality boolean NOT NULL,
    integrity       boolean NOT NULL,
    availability    boolean NOT NULL,
    -- Seconds up to awareness from the beginning of the breach and from the word of
    -- it, and from awareness to the first decision and to the first filing.
    occurred_seconds bigint,
    received_seconds bigint,
    decided_seconds  bigint,
    filed_seconds    bigint,
    filed_late       boolean,
    told        bigint      NOT NULL, -- people whom a message told
    entry       json        NOT NULL  -- incident.RegisterEntry
);
-- The entry lies beside the row, so that choosing and counting read little.
ALTER TABLE register SET (toast_tuple_target = 128);
CREATE INDEX register_order ON register (exercise, began_at DESC, incident DESC);
CREATE INDEX register_year ON register (year, exercise);

-- The event up to which the register tells of a case; behind seq where a program
-- of before the register recorded last.
ALTER TABLE incident ADD COLUMN register_seq bigint NOT NULL DEFAULT 0;
CREATE INDEX incident_unregistered ON incident (id) WHERE register_seq <> seq;

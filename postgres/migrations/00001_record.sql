-- The record and what is derived from it.

-- +goose Up

-- event is the truth: one row per event, numbered within its incident.
-- data is json and not jsonb, so that the canonical spelling stays as it is.
CREATE TABLE event (
    incident    text        NOT NULL CHECK (incident <> ''),
    seq         bigint      NOT NULL CHECK (seq > 0),
    type        text        NOT NULL,
    at          timestamptz NOT NULL, -- the incident's own time
    recorded_at timestamptz NOT NULL, -- real time
    actor_role  text        NOT NULL,
    actor_id    text        NOT NULL,
    data        json        NOT NULL,
    PRIMARY KEY (incident, seq)
);

-- recording says what an activity recorded: the events after after_seq up to
-- until_seq. A retry of the activity finds its answer here.
CREATE TABLE recording (
    workflow_id text        NOT NULL CHECK (workflow_id <> ''),
    run_id      text        NOT NULL CHECK (run_id <> ''),
    activity_id text        NOT NULL CHECK (activity_id <> ''),
    incident    text        NOT NULL,
    command     text        NOT NULL,
    after_seq   bigint      NOT NULL,
    until_seq   bigint      NOT NULL CHECK (until_seq >= after_seq),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (workflow_id, run_id, activity_id)
);

-- ledger_entry holds the canonical line of each event, in the order of the log.
CREATE TABLE ledger_entry (
    index    bigint PRIMARY KEY CHECK (index >= 0),
    incident text   NOT NULL,
    seq      bigint NOT NULL,
    entry    bytea  NOT NULL,
    UNIQUE (incident, seq),
    FOREIGN KEY (incident, seq) REFERENCES event (incident, seq)
);

-- ledger_hash holds the Merkle tree's hashes by their position.
CREATE TABLE ledger_hash (
    position bigint PRIMARY KEY CHECK (position >= 0),
    hash     bytea  NOT NULL CHECK (octet_length(hash) = 32)
);

-- checkpoint holds every signed tree head.
CREATE TABLE checkpoint (
    size      bigint      PRIMARY KEY CHECK (size >= 0),
    root      bytea       NOT NULL CHECK (octet_length(root) = 32),
    signed_at timestamptz NOT NULL,
    note      text        NOT NULL
);

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = ''
AS $$
BEGIN
    RAISE EXCEPTION 'the record is never changed: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
-- +goose StatementEnd

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON recording
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_hash
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Also when a session claims to be a replica.
ALTER TABLE event        ENABLE ALWAYS TRIGGER refuse_change;
ALTER TABLE recording    ENABLE ALWAYS TRIGGER refuse_change;
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER refuse_change;
ALTER TABLE ledger_hash  ENABLE ALWAYS TRIGGER refuse_change;
ALTER TABLE checkpoint   ENABLE ALWAYS TRIGGER refuse_change;

-- incident is a projection: the columns that lists need and the folded state.
CREATE TABLE incident (
    id            text        PRIMARY KEY,
    number        text        NOT NULL UNIQUE,
    title         text        NOT NULL,
    vendor        text        NOT NULL,
    stage         text        NOT NULL,
    authority     text        NOT NULL,
    zone          text        NOT NULL,
    exercise      boolean     NOT NULL,
    clock         json        NOT NULL,
    opened_at     timestamptz NOT NULL, -- the incident's own time, as the next two
    closed_at     timestamptz,
    due_at        timestamptz,
    people        bigint      NOT NULL,
    next_action   text        NOT NULL,
    urgency       bigint      NOT NULL, -- smaller is more urgent
    seq           bigint      NOT NULL,
    state_version integer     NOT NULL,
    state         json        NOT NULL
);
CREATE INDEX incident_urgency ON incident (urgency, id);

-- incident_number counts the human numbers of each year, without a gap.
CREATE TABLE incident_number (
    year integer PRIMARY KEY,
    last integer NOT NULL CHECK (last > 0)
);

-- mailing is a projection: the status of each round, which claims obey.
CREATE TABLE mailing (
    incident text    NOT NULL REFERENCES incident (id),
    round    integer NOT NULL,
    status   text    NOT NULL,
    PRIMARY KEY (incident, round)
);

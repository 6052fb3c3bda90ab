-- Lists of ten thousand cases: what a list shows, orders and looks for stands in
-- columns and indexes, so that no page reads more than it shows.

-- +goose Up

-- place is where a case stands in the list before its urgency is looked at: real
-- cases with a deadline, other open ones, drills likewise, closed ones. A drill
-- never stands above a real case. searched is what a search looks into.
ALTER TABLE incident
    ADD COLUMN place smallint NOT NULL GENERATED ALWAYS AS (CASE
        WHEN closed_at IS NOT NULL THEN 4
        ELSE CASE WHEN exercise THEN 2 ELSE 0 END + CASE WHEN due_at IS NULL THEN 1 ELSE 0 END
    END) STORED,
    ADD COLUMN searched text NOT NULL GENERATED ALWAYS AS (lower(left(number || ' ' || title || ' ' || vendor, 600))) STORED,
    -- How long after awareness the authority was notified first, and whether late;
    -- NULL while it was not.
    ADD COLUMN notified_seconds bigint,
    ADD COLUMN notified_late    boolean,
    -- The event up to which the columns above and running_duty tell. It is behind
    -- seq in cases that a program of before this migration wrote.
    ADD COLUMN listed_seq bigint NOT NULL DEFAULT 0;
DROP INDEX incident_urgency;
CREATE INDEX incident_place ON incident (place, urgency, id) INCLUDE (searched);
CREATE INDEX incident_unlisted ON incident (id) WHERE listed_seq <> seq;
CREATE INDEX incident_notified ON incident (notified_seconds) INCLUDE (notified_late)
    WHERE notified_seconds IS NOT NULL AND NOT exercise;

-- running_duty is a projection: the duties of open cases whose clocks run.
CREATE TABLE running_duty (
    incident   text        NOT NULL REFERENCES incident (id),
    obligation integer     NOT NULL CHECK (obligation > 0),
    exercise   boolean     NOT NULL,
    due_at     timestamptz NOT NULL, -- real time
    duty       json        NOT NULL, -- incident.RunningDuty
    PRIMARY KEY (incident, obligation)
);
CREATE INDEX running_duty_due ON running_duty (exercise, due_at, incident, obligation);

-- people_summary keeps what was counted over all people of an incident, until
-- what it was counted from has changed.
CREATE TABLE people_summary (
    incident   text        NOT NULL,
    what       text        NOT NULL, -- people or organisations
    basis      text        NOT NULL, -- names what it was counted from
    counted_at timestamptz NOT NULL, -- real time
    content    bytea       NOT NULL, -- JSON; of organisations sealed
    PRIMARY KEY (incident, what)
);

-- What each command changes of a case is in no index, so that PostgreSQL writes the new
-- version of the row into the same page and touches no index.

-- +goose Up

ALTER TABLE incident SET (fillfactor = 50);
ALTER TABLE register SET (fillfactor = 50);
-- Whether lists or the register tell less of the case than its events do.
ALTER TABLE incident
    ADD COLUMN untold boolean NOT NULL GENERATED ALWAYS AS (listed_seq <> seq OR register_seq <> seq) STORED;
DROP INDEX incident_unlisted;
DROP INDEX incident_unregistered;
CREATE INDEX incident_untold ON incident (id) WHERE untold;

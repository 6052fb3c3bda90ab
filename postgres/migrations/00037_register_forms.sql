-- The register names the form's versions from which it takes what it says, who
-- decided and which duties were waived; and the figures of a year count what is
-- overdue. Each case is listed anew.

-- +goose Up

-- An authority should have been notified by now, and was not.
ALTER TABLE register ADD COLUMN overdue boolean NOT NULL DEFAULT false;

UPDATE incident SET register_seq = 0 WHERE register_seq <> 0;

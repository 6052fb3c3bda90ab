-- A delivery changes its state twice within milliseconds, many thousand times a
-- minute. While no index holds what changes, and its page has room, PostgreSQL
-- keeps it in its page and writes to no index.

-- +goose Up
DROP INDEX delivery_claimable;
DROP INDEX delivery_sending;
ALTER TABLE delivery SET (fillfactor = 20);

-- Deliveries of a round are made in many transactions. Whether all are made is
-- said by the round: nobody is added later, and they alone are counted.

-- +goose Up
ALTER TABLE mailing ADD COLUMN prepared boolean NOT NULL DEFAULT false;

-- Until now they were made in one transaction.
UPDATE mailing m SET prepared = true
WHERE EXISTS (SELECT FROM delivery d WHERE d.incident = m.incident AND d.round = m.round);

-- A setting goes back to the value of whoever runs Tocsin.

-- +goose Up

-- operator says that from then on the operator's value counts again, whatever it is:
-- value is what it was then.
ALTER TABLE setting ADD COLUMN operator boolean NOT NULL DEFAULT false;

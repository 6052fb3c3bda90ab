-- Which relay answered: a mailing may go over several.

-- +goose Up
ALTER TABLE delivery ADD COLUMN relay text;

-- Who is called first, in the order that people decided.

-- +goose Up

-- on_call is the place in the order, from 1; NULL for who was put in no order:
-- these come last, the DPOs before the deputies, the oldest account first.
ALTER TABLE account ADD COLUMN on_call integer CHECK (on_call > 0);

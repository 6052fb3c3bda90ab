-- The register called cases late of which only the rest of a notification, which has
-- no 72 hours, came after the day that was set for it: those are told anew.

-- +goose Up

UPDATE incident SET register_seq = 0
WHERE id IN (SELECT incident FROM register WHERE (entry->>'late')::boolean);

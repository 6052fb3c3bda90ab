-- The list of cases says for whom each waits.

-- +goose Up

-- next_by is the role that the next action waits for, a role of incident.Role; empty when
-- there is nothing to do. For the cases that are there it is told by their sentences;
-- each has it anew with its next entry.
ALTER TABLE incident ADD COLUMN next_by text NOT NULL DEFAULT '';

UPDATE incident SET next_by = CASE
    WHEN next_action LIKE 'Nothing:%' THEN ''
    WHEN next_action LIKE 'Have another person %' THEN 'approver'
    WHEN next_action LIKE 'Wait:%' THEN 'engine'
    WHEN next_action LIKE 'Task % is open, owner: %.' THEN substring(next_action from 'owner: ([a-z]+)\.$')
    ELSE 'dpo'
END;

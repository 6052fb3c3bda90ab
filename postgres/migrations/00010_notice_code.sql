-- The codes by which a reader checks that a notice is genuine: which round of
-- which incident a code was printed in. It names no person and holds no code:
-- after the incident's key was erased nobody can tell whose code it was, and
-- the reader who still has the notice can check it.

-- +goose Up
CREATE TABLE notice_code (
    code     bytea   NOT NULL CHECK (octet_length(code) = 16), -- HMAC of the code, under the installation's index key
    incident text    NOT NULL,
    round    integer NOT NULL CHECK (round > 0),
    PRIMARY KEY (code, incident, round)
);

-- Which database and which machines may act outward.

-- +goose Up

-- standing says which database the record lives in. A copy of it, restored
-- elsewhere, holds the same row and finds itself in another place.
CREATE TABLE standing (
    one      boolean     PRIMARY KEY DEFAULT true CHECK (one),
    epoch    bigint      NOT NULL CHECK (epoch > 0), -- counts the take-overs, from 1
    place    text        NOT NULL CHECK (place <> ''),
    taken_at timestamptz NOT NULL
);

-- machine is where workers run, by an id that lies outside the database.
CREATE TABLE machine (
    id      text        PRIMARY KEY CHECK (length(id) BETWEEN 16 AND 64),
    epoch   bigint,               -- the take-over by which it may act; NULL while it may not
    held    text,                 -- why it holds everything; NULL while it acts
    seen    bigint      NOT NULL, -- how many entries of the log it has seen
    seen_at timestamptz NOT NULL
);

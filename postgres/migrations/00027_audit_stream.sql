-- Wrong passwords are counted here and recorded as one entry an hour; and how
-- far the entries of the record were sent to those who watch them.

-- +goose Up

-- failed_sign_in counts wrong passwords and codes. A row goes when its hour has
-- passed and its numbers stand in the record.
CREATE TABLE failed_sign_in (
    account   text        NOT NULL, -- the account's id; empty for addresses that have none
    hour      timestamptz NOT NULL,
    passwords integer     NOT NULL DEFAULT 0,
    codes     integer     NOT NULL DEFAULT 0, -- of the second factor
    PRIMARY KEY (account, hour)
);

-- audit_stream is how far a receiver has taken the log.
CREATE TABLE audit_stream (
    name    text        PRIMARY KEY,
    next    bigint      NOT NULL DEFAULT 0 CHECK (next >= 0), -- the place in the log of the first entry not yet taken
    sent_at timestamptz
);

-- Where signals go outside, and what became of them.

-- +goose Up

-- webhook is one receiver. Its address and its secrets are sealed by the master key.
CREATE TABLE webhook (
    id            text        PRIMARY KEY CHECK (id <> ''),
    name          text        NOT NULL,
    host          text        NOT NULL, -- of the address: all of it that may be shown
    form          text        NOT NULL CHECK (form IN ('standard', 'slack', 'teams')),
    locale        text        NOT NULL,
    kinds         text[]      NOT NULL CHECK (cardinality(kinds) > 0),
    sealed        bytea       NOT NULL,
    former_until  timestamptz,          -- until when the secret before signs too
    state         text        NOT NULL CHECK (state IN ('on', 'off', 'failing', 'gone')),
    next_entry    bigint      NOT NULL CHECK (next_entry >= 0), -- of the log: what is looked at next
    tries         integer     NOT NULL DEFAULT 0, -- attempts at the present signal that came to nothing
    failing_since timestamptz,
    next_try      timestamptz,          -- before it nothing is tried
    told_at       timestamptz,          -- when a person was mailed that it was given up
    created_at    timestamptz NOT NULL
);

-- webhook_attempt is one attempt. The answer's text is never kept.
CREATE TABLE webhook_attempt (
    id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook  text        NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    entry    bigint      NOT NULL,
    kind     text        NOT NULL,
    incident text        NOT NULL, -- empty for none
    at       timestamptz NOT NULL,
    result   text        NOT NULL,
    status   integer     NOT NULL, -- 0 without an answer
    took_ms  integer     NOT NULL
);
CREATE INDEX webhook_attempt_latest ON webhook_attempt (webhook, id DESC);

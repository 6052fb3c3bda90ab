-- Notices that came back after a relay had taken them. The outcome that the
-- sender wrote down stays as it is, since the record holds a hash over it; what
-- was learnt later stands beside.

-- +goose Up
ALTER TABLE delivery
    ADD COLUMN bounced_at    timestamptz, -- when the report was taken in
    ADD COLUMN bounce_number integer,     -- its place among the round's reports, from 1
    ADD COLUMN bounce_status text,        -- RFC 3463, such as 5.1.1
    ADD COLUMN bounce_class  text,        -- why, coarsely
    ADD COLUMN delayed_at    timestamptz, -- when a server last said that it goes on trying
    ADD CHECK ((bounced_at IS NULL) = (bounce_number IS NULL));

CREATE UNIQUE INDEX delivery_bounce ON delivery (incident, round, bounce_number) WHERE bounce_number IS NOT NULL;

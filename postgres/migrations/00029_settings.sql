-- What people decided for the whole installation, in the place of the operator's
-- values.

-- +goose Up

-- setting is one change of one setting. Nothing here is ever changed: what held at
-- an instant can be read at any time.
CREATE TABLE setting (
    seq     bigint      PRIMARY KEY, -- the number of the installation's event that says so
    key     text        NOT NULL CHECK (key <> ''),
    before  text        NOT NULL,
    value   text        NOT NULL,
    salt    bytea       NOT NULL CHECK (octet_length(salt) >= 16), -- of the commitments in the event
    since   timestamptz NOT NULL,
    account text        NOT NULL, -- who decided
    role    text        NOT NULL
);
CREATE INDEX setting_key ON setting (key, seq DESC);

-- relay_note is how a mail relay did when a message last went to it: no address of
-- anybody, no text of the relay.
CREATE TABLE relay_note (
    address     text        PRIMARY KEY, -- of the relay: host and port
    accepted_at timestamptz, -- when it took a message last
    failed_at   timestamptz, -- when it failed last
    failure     text        NOT NULL DEFAULT '', -- where in the dialogue, and the class of the reply
    rests_until timestamptz  -- until when mailings leave it alone
);

-- vouched says that a session began by a provider of identities that asked for a
-- second factor, and whose word counts: none is demanded here then.
ALTER TABLE session ADD COLUMN vouched boolean NOT NULL DEFAULT false;

-- What an account is mailed about without a link: that the ways to open it changed,
-- and a test that its holder asked for.
ALTER TABLE account_mail DROP CONSTRAINT account_mail_kind_check;
ALTER TABLE account_mail DROP CONSTRAINT account_mail_check;
ALTER TABLE account_mail ADD CHECK (kind IN ('invitation', 'reset', 'changed', 'test', 'passkey_added', 'passkey_removed',
    'second_factor_on', 'second_factor_off', 'token_created', 'token_revoked'));
ALTER TABLE account_mail ADD CHECK ((kind IN ('invitation', 'reset')) = (digest IS NOT NULL));

-- disclosure_waiting is what a vendor told while no case could be opened, until it
-- is. What it told of people lies sealed in the files of the case; command is how the
-- case is opened.
CREATE TABLE disclosure_waiting (
    incident text        PRIMARY KEY,
    link     text        NOT NULL,
    command  text        NOT NULL, -- incident.Open as JSON
    kept_at  timestamptz NOT NULL
);

-- Files of a case that waits are not removed, however long it waits.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION delete_unnamed_documents(at_most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    WITH gone AS (
        DELETE FROM tocsin.document WHERE id IN (
            SELECT d.id FROM tocsin.document d
            WHERE d.created_at < pg_catalog.now() - interval '7 days'
              AND d.created_at > pg_catalog.now() - interval '180 days' -- older ones were looked at often enough
              AND NOT EXISTS (
                SELECT FROM tocsin.event e WHERE e.incident = d.incident AND pg_catalog.strpos(e.data::text, d.id) > 0)
              AND NOT EXISTS (SELECT FROM tocsin.disclosure_waiting w WHERE w.incident = d.incident)
            LIMIT at_most)
        RETURNING 1)
    SELECT count(*) FROM gone
$$;
-- +goose StatementEnd

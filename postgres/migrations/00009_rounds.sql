-- Kinds of round: follow-ups to people who were told before, and notices to
-- recipients whom a person chose from a file of accounts.

-- +goose Up

-- To whom a round writes, beside its status: see incident.RoundKinds.
ALTER TABLE mailing
    ADD COLUMN kind  text NOT NULL DEFAULT 'affected',
    ADD COLUMN scope text NOT NULL DEFAULT '';

-- An import of recipients holds nobody who is affected: its round stays empty, so
-- that it is seen by no query for people affected, and recipients_of names the
-- round that writes to them. Until then it is staged like any other.
ALTER TABLE people_import
    ADD COLUMN recipients_of integer CHECK (recipients_of > 0),
    ADD CONSTRAINT people_import_purpose CHECK (round IS NULL OR recipients_of IS NULL);
CREATE UNIQUE INDEX people_import_recipients ON people_import (incident, recipients_of) WHERE recipients_of IS NOT NULL;

-- What clears away imports that were never recorded must not take recipients:
-- they are evidence until the incident's key is erased.
-- +goose StatementBegin
CREATE FUNCTION keep_recipients() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF EXISTS (SELECT FROM tocsin.incident_key k WHERE k.incident = OLD.incident AND k.keyset IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    RETURN OLD;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER recipients_stay BEFORE DELETE ON people_import
    FOR EACH ROW WHEN (OLD.recipients_of IS NOT NULL) EXECUTE FUNCTION keep_recipients();

-- person_more are kinds of data that a later file exposes of a person whom an
-- earlier file named. They count once that import is recorded.
CREATE TABLE person_more (
    person bigint NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    import bigint NOT NULL REFERENCES people_import (id) ON DELETE CASCADE,
    kinds  text[] NOT NULL,
    PRIMARY KEY (person, import)
);
CREATE INDEX person_more_import ON person_more (import);

-- The kinds of data that a notice names, where they are more than the person's
-- own; and whether a notice must not leave any more, since its reader turned out
-- to be affected.
ALTER TABLE delivery
    ADD COLUMN kinds    text[],
    ADD COLUMN withhold boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT delivery_state_check,
    ADD CONSTRAINT delivery_state_check CHECK (state IN
        ('pending', 'sending', 'accepted', 'deferred', 'refused', 'undeliverable', 'unknown', 'bounced', 'withheld'));

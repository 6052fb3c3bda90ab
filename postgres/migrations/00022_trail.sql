-- The record is read across all cases, newest first, by type of event, by the
-- role of who acted and by time.

-- +goose Up

-- Each pair of type and role that there is gives its newest events from here,
-- already in order; the few that a page shows are chosen among those.
CREATE INDEX event_trail ON event (type, actor_role, recorded_at);

-- The same for what belongs to no incident, which some readers see alone.
CREATE INDEX event_trail_installation ON event (type, actor_role, recorded_at) WHERE incident = 'installation';

-- What was done for the installation and names an incident, such as who looked
-- at its people.
CREATE INDEX event_trail_about ON event ((data->>'incident'))
    WHERE incident = 'installation' AND data->>'incident' IS NOT NULL;

-- The sessions of an account are listed to its holder.

-- +goose Up

-- device is the kind of browser and system in which a session began, such as
-- Firefox, Windows: enough to know one's own by. No version and no address.
ALTER TABLE session ADD COLUMN device text NOT NULL DEFAULT '' CHECK (length(device) <= 60);

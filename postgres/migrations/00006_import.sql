-- Matching joins the people of one incident with all accounts: it reads them
-- through person_import and the indexes of the accounts. These two were never
-- used and cost every import half of its time.

-- +goose Up
DROP INDEX person_match_email;
DROP INDEX person_match_user;

-- The register names the form's versions from which it takes what it says, who
-- decided and which duties were waived: each case is listed anew.

-- +goose Up

UPDATE incident SET register_seq = 0 WHERE register_seq <> 0;

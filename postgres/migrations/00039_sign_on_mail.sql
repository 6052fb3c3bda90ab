-- Whoever holds an account is mailed too when a provider of identities begins to
-- open it, or does so no longer.

-- +goose Up

ALTER TABLE account_mail DROP CONSTRAINT account_mail_kind_check;
ALTER TABLE account_mail ADD CONSTRAINT account_mail_kind_check CHECK (kind IN ('invitation', 'reset', 'changed', 'test', 'passkey_added',
    'passkey_removed', 'second_factor_on', 'second_factor_off', 'token_created', 'token_revoked', 'sign_on_linked', 'sign_on_unlinked'));

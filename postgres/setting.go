package postgres

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// settingRow is one change of one setting.
type settingRow struct {
	Key      string    `db:"key"`
	Value    string    `db:"value"`
	Since    time.Time `db:"since"`
	Operator bool      `db:"operator"`
}

const settingsQuery = `SELECT key, value, since, operator FROM setting ORDER BY seq`

// queueSettings reads every change of the settings, oldest first, with a batch.
func queueSettings(batch *pgx.Batch, into *[]settingRow) {
	batch.Queue(settingsQuery).Query(func(rows pgx.Rows) (err error) {
		*into, err = pgx.CollectRows(rows, pgx.RowToStructByName[settingRow])
		return err
	})
}

func (s *Store) settings(ctx context.Context) ([]settingRow, error) {
	list, err := readSettings(ctx, s.pool)
	return list, failed("read settings", err)
}

// readSettings reads every change of the settings, oldest first, within a transaction
// or without.
func readSettings(ctx context.Context, from querier) ([]settingRow, error) {
	rows, err := from.Query(ctx, settingsQuery)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[settingRow])
}

// settingsAt gives the values that counted at an instant.
func settingsAt(list []settingRow, at time.Time) incident.Settings {
	out := incident.Settings{}
	for _, one := range list {
		switch {
		case one.Since.After(at):
		case one.Operator:
			delete(out, one.Key)
		default:
			out[one.Key] = one.Value
		}
	}
	return out
}

// reportedAt is the instant, real time, whose settings count for a case: that at
// which it was reported, or now for one that is being reported.
func (s *Store) reportedAt(state *incident.State) time.Time {
	if state.OpenedAt.IsZero() {
		return s.now()
	}
	return state.Clock.Real(state.OpenedAt)
}

// rulesOf are the rules by which is decided about a case: those that held when it
// was reported.
func (s *Store) rulesOf(list []settingRow, state *incident.State) incident.Rules {
	rules := s.rules
	rules.Retention = settingsAt(list, s.reportedAt(state)).Retention(rules.Retention)
	return rules
}

// Settings gives the values that people chose and that count now.
func (s *Store) Settings(ctx context.Context) (incident.Settings, error) {
	list, err := s.settings(ctx)
	return settingsAt(list, s.now()), err
}

// SettingsFor gives the values that people had chosen when a case was reported.
// They stay the case's own.
func (s *Store) SettingsFor(ctx context.Context, state *incident.State) (incident.Settings, error) {
	list, err := s.settings(ctx)
	return settingsAt(list, s.reportedAt(state)), err
}

// SettingChange is one change of one setting, for people to read.
type SettingChange struct {
	// Key is one of [incident.SettingKeys].
	Key string `db:"key"`
	// Before and Value are the value until then and from then on.
	Before string `db:"before"`
	Value  string `db:"value"`
	// Since is when it was decided, UTC.
	Since time.Time `db:"since"`
	// Account is the id of who decided, Role what the person was then.
	Account string        `db:"account"`
	Role    incident.Role `db:"role"`
	// Operator says that the operator's value counts again from then on; Value is
	// what it was when this was decided.
	Operator bool `db:"operator"`
}

// SettingChanges lists the changes of all settings, the latest first.
func (s *Store) SettingChanges(ctx context.Context) ([]SettingChange, error) {
	rows, err := s.pool.Query(ctx, `SELECT key, before, value, since, account, role, operator FROM setting ORDER BY seq DESC`)
	if err != nil {
		return nil, failed("list changes of settings", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[SettingChange])
	for i := range list {
		list[i].Since = list[i].Since.UTC()
	}
	return list, failed("list changes of settings", err)
}

// ChangeSettings gives settings other values, all or none of them, and records
// each. operator holds the values of those that nobody changed. The value that a
// setting has already changes nothing. What does not fit is [incident.Invalid]; what the
// role may not change is [incident.Forbidden].
func (s *Store) ChangeSettings(ctx context.Context, by incident.Actor, values, operator incident.Settings) error {
	return s.changeAccounts(ctx, "change settings", func(tx pgx.Tx, record recorder) error {
		list, err := readSettings(ctx, tx)
		if err != nil {
			return err
		}
		before, after := settingsAt(list, s.now()), incident.Settings{}
		for _, known := range incident.SettingKeys() {
			before[known] = before.Or(known, operator[known])
			after[known] = values.Or(known, before[known])
		}
		for _, key := range slices.Sorted(maps.Keys(values)) {
			value, err := incident.CheckSetting(key, values[key], after)
			if err != nil {
				return err
			}
			if value == before[key] && by.Role.MayChangeSetting(key) {
				continue
			}
			salt := make([]byte, 16)
			_, _ = rand.Read(salt) // never fails
			if err := s.insertSetting(ctx, tx, record, by, incident.ChangeSetting{Key: key, Before: before[key], Value: value, Salt: salt}); err != nil {
				return err
			}
		}
		return nil
	})
}

// ReturnSettings has the operator's values of settings count again, all or none of
// them, and records each. A setting that nobody changed stays as it is. operator
// holds the operator's values. What does not fit beside the settings that stay is
// [incident.Invalid]; what the role may not change is [incident.Forbidden].
func (s *Store) ReturnSettings(ctx context.Context, by incident.Actor, keys []string, operator incident.Settings) error {
	return s.changeAccounts(ctx, "return settings", func(tx pgx.Tx, record recorder) error {
		list, err := readSettings(ctx, tx)
		if err != nil {
			return err
		}
		chosen, after := settingsAt(list, s.now()), incident.Settings{}
		for _, known := range incident.SettingKeys() {
			after[known] = chosen.Or(known, operator[known])
		}
		for _, key := range keys {
			if !slices.Contains(incident.SettingKeys(), key) {
				return incident.NoSetting(key)
			}
			after[key] = operator[key]
		}
		if err := incident.CheckSettingsTogether(after, keys...); err != nil {
			return err
		}
		for _, key := range slices.Compact(slices.Sorted(slices.Values(keys))) {
			before, changed := chosen[key]
			if !changed && by.Role.MayChangeSetting(key) {
				continue
			}
			salt := make([]byte, 16)
			_, _ = rand.Read(salt) // never fails
			change := incident.ChangeSetting{Key: key, Before: before, Value: operator[key], Operator: true, Salt: salt}
			if err := s.insertSetting(ctx, tx, record, by, change); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) insertSetting(ctx context.Context, tx pgx.Tx, record recorder, by incident.Actor, change incident.ChangeSetting) error {
	if err := record(by, change); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO setting (seq, key, before, value, salt, since, account, role, operator)
		SELECT max(seq), @key, @before, @value, @salt, @now, @account, @role, @operator FROM event WHERE incident = @installation`,
		pgx.NamedArgs{"key": change.Key, "before": change.Before, "value": change.Value, "salt": change.Salt, "now": s.now(),
			"account": by.ID, "role": string(by.Role), "operator": change.Operator, "installation": incident.InstallationID})
	return err
}

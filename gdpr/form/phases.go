package form

import "time"

// The keys that a later phase fills.
const (
	keyPreviousID       = "previous_notification_id"
	keyWithdrawalReason = "withdrawal_reasons"
)

// FollowUp returns the draft of the next phase (GDPR Art. 33(4)): the answers
// of the previous notification, as a follow-up that names it by the id that the
// authority gave. The sub-type stays; a withdrawal is followed by an incomplete
// one. It returns a [*FieldError] for a blank id.
func FollowUp(now time.Time, previous Draft, id string) (Draft, error) {
	next := previous.clone()
	next.Kind = Followup
	if next.Subtype == Withdrawn {
		next.Subtype = Incomplete
	}
	return next.Set(now, keyPreviousID, Answer{Value: Text(id), Source: "receipt of the previous notification"})
}

// Withdraw returns the draft that takes the previous notification back, with
// the id that the authority gave and the reason. It returns a [*FieldError]
// for a blank id or reason.
func Withdraw(now time.Time, previous Draft, id, reason string) (Draft, error) {
	next, err := FollowUp(now, previous, id)
	if err != nil {
		return previous, err
	}
	next.Subtype = Withdrawn
	next, err = next.Set(now, keyWithdrawalReason, Answer{Value: Text(reason)})
	if err != nil {
		return previous, err
	}
	return next, nil
}

// Change is one field that a follow-up says otherwise.
type Change struct {
	// Key names the field.
	Key string `json:"key"`
	// Number is the template's number of the field.
	Number int `json:"number"`
	// From is the previous answer; the zero Answer when there was none, or when
	// the field was not asked.
	From Answer `json:"from"`
	// To is the new answer; the zero Answer when there is none any more.
	To Answer `json:"to"`
	// Since is the instant since which the new answer holds, UTC; zero when
	// there is none.
	Since time.Time `json:"since,omitzero"`
}

// Changes returns what the next notification says otherwise than the previous
// one, in the template's order: another value, another certainty, a field that
// came or went. What is hidden counts as not said; at is the instant for which
// both are read. Sources alone are no change. Fields 3 to 6, which differ in
// every follow-up, are left out. Both drafts follow the edition of next.
func Changes(previous, next Draft, at time.Time) ([]Change, error) {
	f, err := edition(next.Version)
	if err != nil {
		return nil, err
	}
	before, after := newView(f, previous, at), newView(f, next, at)
	changes := []Change{}
	for i := range f.Fields {
		field := &f.Fields[i]
		switch field.Key {
		case keyKind, keySubtype, keyPreviousID, keyWithdrawalReason:
			continue
		}
		from, to := before.answer(field.Key), after.answer(field.Key)
		if from.same(to) {
			continue
		}
		changes = append(changes, Change{Key: field.Key, Number: field.Number, From: from, To: to, Since: to.AsOf})
	}
	return changes, nil
}

package incident

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

func TestWhatIsDoneForTheInstallationIsDecidedByRole(t *testing.T) {
	hash := "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	load := LoadAccounts{Source: AccountsFromDatabase, SHA256: hash, QuerySHA256: hash, Rows: 3, Accounts: 2, Rejected: 1, Replaced: 7}
	look := SeePeople{Incident: "i1", What: SeenList, State: "refused", People: 4}
	at := time.Date(2026, 11, 30, 9, 0, 0, 123456789, time.FixedZone("", 3600))
	for _, c := range []struct {
		name    string
		role    Role
		command InstallationCommand
		kind    Kind // empty when it is recorded
	}{
		{"the DPO loads accounts", RoleDPO, load, ""},
		{"a deputy loads accounts", RoleDeputy, load, ""},
		{"an auditor loads none", RoleAuditor, load, Forbidden},
		{"a responder loads none", RoleResponder, load, Forbidden},
		{"an administrator loads none", RoleAdmin, load, Forbidden},
		{"the engine loads none", RoleEngine, load, Forbidden},
		{"an auditor looks at people", RoleAuditor, look, ""},
		{"a responder does not", RoleResponder, look, Forbidden},
		{"a responder takes an organisation's list", RoleResponder, SeePeople{Incident: "i1", What: SeenOrganisation, People: 1}, ""},
		{"an administrator does not", RoleAdmin, look, Forbidden},
		{"an administrator tests a webhook", RoleAdmin, ChangeWebhook{What: WebhookTested, Webhook: "w"}, ""},
		{"the DPO adds a webhook", RoleDPO, ChangeWebhook{What: WebhookAdded, Webhook: "w", Host: "example.com", Form: FormSlack, Kinds: []string{SignalOpened}}, ""},
		{"a deputy adds none", RoleDeputy, ChangeWebhook{What: WebhookTested, Webhook: "w"}, Forbidden},
		{"the engine finds that one fails", RoleEngine, ChangeWebhook{What: WebhookFailing, Webhook: "w"}, ""},
		{"the DPO does not", RoleDPO, ChangeWebhook{What: WebhookFailing, Webhook: "w"}, Forbidden},
		{"the DPO has one told again", RoleDPO, ChangeWebhook{What: WebhookReplayed, Webhook: "w", From: time.Unix(1, 0)}, ""},
		{"a replay from no instant is refused", RoleDPO, ChangeWebhook{What: WebhookReplayed, Webhook: "w"}, Internal},
		{"an instant without a replay is refused", RoleDPO, ChangeWebhook{What: WebhookTested, Webhook: "w", From: time.Unix(1, 0)}, Internal},
		{"a webhook without kinds is refused", RoleDPO, ChangeWebhook{What: WebhookAdded, Webhook: "w", Host: "example.com", Form: FormSlack}, Internal},
		{"a webhook of an unknown kind is refused", RoleDPO, ChangeWebhook{What: WebhookAdded, Webhook: "w", Host: "example.com", Form: FormSlack, Kinds: []string{SignalTest}}, Internal},
		{"an administrator adds an account", RoleAdmin, ChangeAccount{What: AccountAdded, Account: "a", Role: RoleResponder}, ""},
		{"but none that sees people", RoleAdmin, ChangeAccount{What: AccountAdded, Account: "a", Role: RoleDPO}, Forbidden},
		{"and gives nobody such a role", RoleAdmin, ChangeAccount{What: AccountRoleChanged, Account: "a", Role: RoleAuditor, Before: RoleResponder}, Forbidden},
		{"a deputy adds none", RoleDeputy, ChangeAccount{What: AccountAdded, Account: "a", Role: RoleDPO}, Forbidden},
		{"the first account is nobody's doing", RoleEngine, ChangeAccount{What: AccountAdded, Account: "a", Role: RoleDPO}, ""},
		{"an auditor signs in", RoleAuditor, ChangeAccount{What: AccountSignedIn, Account: "a", SecondFactor: true}, ""},
		{"the engine does not", RoleEngine, ChangeAccount{What: AccountSignedIn, Account: "a"}, Forbidden},
		{"a token without its id", RoleDPO, ChangeAccount{What: AccountTokenCreated, Account: "a"}, Internal},
		{"an account without a role", RoleDPO, ChangeAccount{What: AccountAdded, Account: "a"}, Internal},
		{"an account that does what nobody knows", RoleDPO, ChangeAccount{What: "danced", Account: "a"}, Internal},
		{"accounts of nobody", RoleDPO, LoadAccounts{Source: AccountsFromFile, SHA256: hash}, Invalid},
		{"accounts from nowhere", RoleDPO, LoadAccounts{SHA256: hash, Accounts: 1}, Internal},
		{"a query without its hash", RoleDPO, LoadAccounts{Source: AccountsFromDatabase, SHA256: hash, Accounts: 1}, Internal},
		{"a file with a query's hash", RoleDPO, LoadAccounts{Source: AccountsFromFile, SHA256: hash, QuerySHA256: hash, Accounts: 1}, Internal},
		{"whoever runs the server rotates the master key", RoleEngine, RotateMasterKey{Key: "0a0b0c0d", Before: "01020304", Reason: "yearly"}, ""},
		{"and finishes it", RoleEngine, FinishRotation{Key: "0a0b0c0d", Incidents: 3, Accounts: 1}, ""},
		{"the DPO does not through the API", RoleDPO, RotateMasterKey{Key: "0a0b0c0d", Before: "01020304", Reason: "yearly"}, Forbidden},
		{"a rotation without a reason", RoleEngine, RotateMasterKey{Key: "0a0b0c0d", Before: "01020304"}, Invalid},
		{"a rotation to the same key", RoleEngine, RotateMasterKey{Key: "0a0b0c0d", Before: "0a0b0c0d", Reason: "yearly"}, Internal},
		{"the end of no rotation", RoleEngine, FinishRotation{}, Internal},
		{"a witness confirms", RoleEngine, KeepAnchor{Kind: AnchorCosignature, Outside: "w.example.com", Size: 3, SHA256: hash, At: at}, ""},
		{"nobody says so for it", RoleDPO, KeepAnchor{Kind: AnchorCosignature, Outside: "w.example.com", Size: 3, SHA256: hash, At: at}, Forbidden},
		{"a confirmation of nothing", RoleEngine, KeepAnchor{Kind: AnchorTimestamp, Outside: "t.example.com", SHA256: hash, At: at}, Internal},
		{"whoever runs the server changes the key that signs", RoleEngine, RotateLedgerKey{Before: "a", Key: "b", Reason: "yearly", Note: "n"}, ""},
		{"the DPO does not change it through the API", RoleDPO, RotateLedgerKey{Before: "a", Key: "b", Reason: "yearly", Note: "n"}, Forbidden},
		{"it is not changed without a reason", RoleEngine, RotateLedgerKey{Before: "a", Key: "b", Note: "n"}, Invalid},
		{"nor to itself", RoleEngine, RotateLedgerKey{Before: "a", Key: "a", Reason: "yearly", Note: "n"}, Internal},
		{"a time without a compromised key", RoleEngine, RotateLedgerKey{Before: "a", Key: "b", Reason: "yearly", Note: "n", Since: at}, Invalid},
		{"a look at nothing", RoleDPO, SeePeople{Incident: "i1"}, Internal},
	} {
		event, err := DecideInstallation(4, Actor{Role: c.role, ID: "someone"}, c.command, at)
		if c.kind != "" {
			if KindOf(err) != c.kind {
				t.Errorf("%s gives %v", c.name, err)
			}
			continue
		}
		if err != nil || event.Seq != 5 || event.Actor.ID != "someone" || !event.At.Equal(at.Truncate(time.Microsecond)) || event.At.Location() != time.UTC {
			t.Errorf("%s gives %+v, %v", c.name, event, err)
			continue
		}
		text, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		var back Event
		if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back.Data, event.Data) {
			t.Errorf("%s comes back as %+v, %v", c.name, back.Data, err)
		}
	}
}

package incident

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CmdChangeSetting is given by the DPO about what holds for the whole
// installation; by an administrator about languages alone.
const CmdChangeSetting = "change_setting"

// EvSettingChanged says that a setting of the installation has another value. It
// stands in the record for ever.
const EvSettingChanged = "installation_setting_changed"

// Keys of the settings that people change while Tocsin runs. Each has its value
// from the operator until somebody does.
const (
	// SettingControllerName is the controller's name (GDPR Art. 4(7)).
	SettingControllerName = "controller.name"
	// SettingControllerAddress is the controller's postal address on one line; may
	// be empty.
	SettingControllerAddress = "controller.address"
	// SettingPage is the controller's own page about incidents, https.
	SettingPage = "controller.page_url"
	// SettingContactName is who is asked, such as Data protection officer (GDPR
	// Art. 33(3)(b)).
	SettingContactName = "contact.name"
	// SettingContactEmail is the contact point's address.
	SettingContactEmail = "contact.email"
	// SettingContactPhone is the contact point's telephone number; may be empty.
	SettingContactPhone = "contact.phone"
	// SettingRetentionDays are the days from the closing of a case after which
	// people's data are erased: a number, or [RetentionNone].
	SettingRetentionDays = "retention.days"
	// SettingRetentionWarnDays are the days before that date at which people are
	// warned, with commas between.
	SettingRetentionWarnDays = "retention.warn_days"
	// SettingNoticeLanguage is the language of notices to people whose own a
	// notice does not have.
	SettingNoticeLanguage = "language.notices"
	// SettingAccountLanguage is the language of who is invited without one.
	SettingAccountLanguage = "language.accounts"
)

// RetentionNone is the value of [SettingRetentionDays] with which nothing is
// erased until somebody decides it for a case.
const RetentionNone = "none"

// MinSettingRetentionDays is the shortest retention that can be set for all
// cases: as long as people have at least when a setting reaches a case that is
// closed already. For one case a person can decide on less, with a reason.
const MinSettingRetentionDays = policyGraceDays

// SettingKeys lists the keys, in the order in which readers see them.
func SettingKeys() []string {
	return []string{SettingControllerName, SettingControllerAddress, SettingContactName, SettingContactEmail, SettingContactPhone, SettingPage,
		SettingRetentionDays, SettingRetentionWarnDays, SettingNoticeLanguage, SettingAccountLanguage}
}

// SettingNamesAPerson says whether a value may name somebody. The record then
// holds a commitment to it, and not the value.
func SettingNamesAPerson(key string) bool {
	switch key {
	case SettingContactName, SettingContactEmail, SettingContactPhone:
		return true
	}
	return false
}

// MayChangeSetting says whether a role may change a setting.
func (r Role) MayChangeSetting(key string) bool {
	switch key {
	case SettingNoticeLanguage, SettingAccountLanguage:
		return r == RoleDPO || r == RoleAdmin
	default:
		return r == RoleDPO && slices.Contains(SettingKeys(), key)
	}
}

// Settings are the values that people chose, by their keys. A key that is not
// there has the operator's value.
type Settings map[string]string

// Or gives the value of a key: the chosen one, else the operator's.
func (s Settings) Or(key, operator string) string {
	if chosen, ok := s[key]; ok {
		return chosen
	}
	return operator
}

// Retention gives for how long people's data are kept where nobody decides it
// for a case.
func (s Settings) Retention(operator RetentionPolicy) RetentionPolicy {
	policy := operator
	if days, ok := s[SettingRetentionDays]; ok {
		policy.Days, _ = strconv.Atoi(days) // none is 0
	}
	if warn, ok := s[SettingRetentionWarnDays]; ok {
		policy.WarnDays, _ = daysIn(warn) // was checked when it was set
	}
	return policy
}

// RetentionText writes a policy as the values of its two settings.
func (p RetentionPolicy) RetentionText() (days, warn string) {
	if days = RetentionNone; p.Days > 0 {
		days = strconv.Itoa(p.Days)
	}
	return days, textOfDays(p.warnDays())
}

func textOfDays(days []int) string {
	texts := make([]string, len(days))
	for i, d := range days {
		texts[i] = strconv.Itoa(d)
	}
	return strings.Join(texts, ",")
}

func daysIn(text string) ([]int, bool) {
	var days []int
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 0 {
			return nil, false
		}
		days = append(days, n)
	}
	return days, true
}

// CheckSetting gives a value in the form in which it is kept, or says what is
// wrong with it. now holds every value that would count beside it. Whether mail
// reaches an address, and which languages there are, others know.
func CheckSetting(key, value string, now Settings) (string, error) {
	value = strings.TrimSpace(value)
	if !oneLineOf(value) {
		return "", InvalidField(key, "", "holds a line break or a character that is not shown", "one line of text")
	}
	switch key {
	case SettingControllerName, SettingContactName:
		return within(key, value, 1, 200)
	case SettingControllerAddress:
		return within(key, value, 0, 300)
	case SettingContactEmail:
		return within(key, value, 3, 254)
	case SettingContactPhone:
		if strings.Trim(value, "+0123456789 ()-./") != "" || value != "" && !strings.ContainsAny(value, "0123456789") {
			return "", InvalidField(key, "", "is not a telephone number", "digits, such as +34 600 000 000, or nothing")
		}
		return within(key, value, 0, 40)
	case SettingPage:
		page, err := url.Parse(value)
		if err != nil || page.Scheme != "https" || page.Host == "" || page.User != nil {
			return "", InvalidField(key, shorten(value), "is not the address of a page", "an https address of your own site")
		}
		return within(key, value, 1, 500)
	case SettingRetentionDays:
		return checkRetentionDays(value, now)
	case SettingRetentionWarnDays:
		return checkRetentionWarnings(value, now)
	case SettingNoticeLanguage, SettingAccountLanguage:
		return within(key, value, 2, 10)
	}
	return "", NoSetting(key)
}

// NoSetting refuses a key that is none of [SettingKeys].
func NoSetting(key string) error {
	return InvalidField("key", shorten(key), "is no setting that can be changed here", Say("one of %s", strings.Join(SettingKeys(), ", ")))
}

// CheckSettingsTogether says what is wrong with values beside one another: those that
// nobody gives now but that would count with them. given are the keys that
// are given.
func CheckSettingsTogether(now Settings, given ...string) error {
	for _, pair := range [][2]string{{SettingRetentionDays, SettingRetentionWarnDays}, {SettingRetentionWarnDays, SettingRetentionDays}} {
		if slices.Contains(given, pair[0]) && !slices.Contains(given, pair[1]) {
			if _, err := CheckSetting(pair[1], now[pair[1]], now); err != nil {
				return err
			}
		}
	}
	return nil
}

func within(key, value string, least, most int) (string, error) {
	if n := utf8.RuneCountInString(value); n < least || n > most {
		return "", InvalidField(key, "", "does not fit", Say("%d to %d characters", least, most))
	}
	return value, nil
}

func oneLineOf(value string) bool {
	return utf8.ValidString(value) && !strings.ContainsFunc(value, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}

func checkRetentionDays(value string, now Settings) (string, error) {
	if value == RetentionNone {
		return value, nil
	}
	days, err := strconv.Atoi(value)
	if err != nil || days < MinSettingRetentionDays || days > MaxRetentionDays {
		return "", InvalidField(SettingRetentionDays, shorten(value), "is not a number of days that can be set for all cases",
			Say("%d to %d, or none: then nothing is erased until somebody decides it for a case", MinSettingRetentionDays, MaxRetentionDays))
	}
	if warn, ok := daysIn(now[SettingRetentionWarnDays]); ok && slices.Max(warn) > days {
		return "", InvalidField(SettingRetentionDays, value, "is less than the days of the first warning",
			Say("%d or more, or other days of warning first", slices.Max(warn)))
	}
	return strconv.Itoa(days), nil
}

func checkRetentionWarnings(value string, now Settings) (string, error) {
	warn, ok := daysIn(value)
	if !ok {
		return "", InvalidField(SettingRetentionWarnDays, shorten(value), "is not a list of numbers of days", "days before the date, such as 30,7,1")
	}
	if err := CheckWarnDays(warn); err != nil {
		err.Field = SettingRetentionWarnDays
		return "", err
	}
	if days, err := strconv.Atoi(now[SettingRetentionDays]); err == nil && slices.Max(warn) > days {
		return "", InvalidField(SettingRetentionWarnDays, shorten(value), "begins before the case is closed", Say("days up to %d", days))
	}
	slices.SortFunc(warn, func(a, b int) int { return b - a })
	return textOfDays(warn), nil
}

// ChangeSetting gives a setting another value. It counts for incidents that are
// reported from then on.
type ChangeSetting struct {
	// Key is one of [SettingKeys].
	Key string
	// Before and Value are the value until then and from then on.
	Before, Value string
	// Operator says that the operator's value counts again from then on, also when
	// it is changed later; Value is what it is now.
	Operator bool
	// Salt hides values that may name a person from who reads the record.
	Salt []byte
}

// SettingChanged says that a setting has another value.
type SettingChanged struct {
	Key string `json:"key"`
	// Before and Value are the values, or the commitments to them.
	Before string `json:"before"`
	Value  string `json:"value"`
	// Committed says that Before and Value are commitments: HMAC-SHA-256 of the
	// value under a salt that is kept beside it, hexadecimal.
	Committed bool `json:"committed,omitempty"`
	// Operator says that the operator's value counts again from then on.
	Operator bool `json:"operator,omitempty"`
}

// Name is [CmdChangeSetting].
func (ChangeSetting) Name() string { return CmdChangeSetting }

func (c ChangeSetting) check() *Error {
	if !slices.Contains(SettingKeys(), c.Key) || len(c.Salt) < 16 || c.Before == c.Value && !c.Operator {
		return &Error{Kind: Internal, Message: "a setting is changed without a key, a salt or another value"}
	}
	return nil
}

func (c ChangeSetting) fact() Data {
	out := SettingChanged{Key: c.Key, Before: c.Before, Value: c.Value, Operator: c.Operator}
	if SettingNamesAPerson(c.Key) {
		out = SettingChanged{Key: c.Key, Before: CommitSetting(c.Salt, c.Before), Value: CommitSetting(c.Salt, c.Value), Committed: true, Operator: c.Operator}
	}
	return out
}

// CommitSetting is the commitment to a value under a salt, by which who has both
// can show that the record speaks of it.
func CommitSetting(salt []byte, value string) string {
	mac := hmac.New(sha256.New, salt)
	_, _ = fmt.Fprint(mac, value) // a hash does not fail
	return hex.EncodeToString(mac.Sum(nil))
}

// Type is [EvSettingChanged].
func (SettingChanged) Type() string { return EvSettingChanged }

func (SettingChanged) apply(*State, Event) {}

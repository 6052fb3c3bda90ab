package incident

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Envelope carries a command with its name, for transport.
type Envelope struct {
	// Name is the command's name.
	Name string `json:"name"`
	// Body is the command as JSON.
	Body json.RawMessage `json:"body"`
}

// Wrap puts a command into an envelope.
func Wrap(c Command) (Envelope, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return Envelope{}, fmt.Errorf("encode command %s: %w", c.Name(), err)
	}
	return Envelope{Name: c.Name(), Body: body}, nil
}

// Command unpacks the command, refusing unknown names and unknown fields.
func (e Envelope) Command() (Command, error) {
	switch e.Name {
	case CmdOpen:
		return decode[Open](e.Body)
	case CmdSetAwareness:
		return decode[SetAwareness](e.Body)
	case CmdRecordAssessment:
		return decode[RecordAssessment](e.Body)
	case CmdDraftNotification:
		return decode[DraftNotification](e.Body)
	case CmdApproveNotification:
		return decode[ApproveNotification](e.Body)
	case CmdFileNotification:
		return decode[FileNotification](e.Body)
	case CmdGiveDelayReasons:
		return decode[GiveDelayReasons](e.Body)
	case CmdWaiveObligation:
		return decode[WaiveObligation](e.Body)
	case CmdRecordScreening:
		return decode[RecordScreening](e.Body)
	case CmdAddObligation:
		return decode[AddObligation](e.Body)
	case CmdFixFact:
		return decode[FixFact](e.Body)
	case CmdCompleteTask:
		return decode[CompleteTask](e.Body)
	case CmdAddTask:
		return decode[AddTask](e.Body)
	case CmdReopenTask:
		return decode[ReopenTask](e.Body)
	case CmdAttach:
		return decode[Attach](e.Body)
	case CmdImportPeople:
		return decode[ImportPeople](e.Body)
	case CmdOpenRound:
		return decode[OpenRound](e.Body)
	case CmdDraftMailing:
		return decode[DraftMailing](e.Body)
	case CmdApproveMailing:
		return decode[ApproveMailing](e.Body)
	case CmdStartMailing:
		return decode[StartMailing](e.Body)
	case CmdStopMailing:
		return decode[StopMailing](e.Body)
	case CmdPauseMailing:
		return decode[PauseMailing](e.Body)
	case CmdResumeMailing:
		return decode[ResumeMailing](e.Body)
	case CmdTestMailing:
		return decode[TestMailing](e.Body)
	case CmdDraftPublic:
		return decode[DraftPublic](e.Body)
	case CmdApprovePublic:
		return decode[ApprovePublic](e.Body)
	case CmdRecordPublication:
		return decode[RecordPublication](e.Body)
	case CmdHoldMailing:
		return decode[HoldMailing](e.Body)
	case CmdAcknowledge:
		return decode[Acknowledge](e.Body)
	case CmdClose:
		return decode[Close](e.Body)
	case CmdJoin:
		return decode[Join](e.Body)
	case CmdReopen:
		return decode[Reopen](e.Body)
	case CmdRingReminder:
		return decode[RingReminder](e.Body)
	case CmdEscalateReminder:
		return decode[EscalateReminder](e.Body)
	case CmdReminderOutcome:
		return decode[ReminderOutcome](e.Body)
	case CmdFinishMailing:
		return decode[FinishMailing](e.Body)
	case CmdNoteRecovery:
		return decode[NoteRecovery](e.Body)
	case CmdRecordBounces:
		return decode[RecordBounces](e.Body)
	case CmdPrepareBundle:
		return decode[PrepareBundle](e.Body)
	case CmdSealBundle:
		return decode[SealBundle](e.Body)
	case CmdLinkVendor:
		return decode[LinkVendor](e.Body)
	case CmdSetRetention:
		return decode[SetRetention](e.Body)
	case CmdHoldErasure:
		return decode[HoldErasure](e.Body)
	case CmdReleaseErasure:
		return decode[ReleaseErasure](e.Body)
	case CmdKeepDocument:
		return decode[KeepDocument](e.Body)
	case CmdRequestErasure:
		return decode[RequestErasure](e.Body)
	case CmdConfirmErasure:
		return decode[ConfirmErasure](e.Body)
	case CmdAdoptRetention:
		return decode[AdoptRetention](e.Body)
	case CmdWarnErasure:
		return decode[WarnErasure](e.Body)
	case CmdWarningOutcome:
		return decode[WarningOutcome](e.Body)
	case CmdBeginErasure:
		return decode[BeginErasure](e.Body)
	case CmdFinishErasure:
		return decode[FinishErasure](e.Body)
	}
	return nil, InvalidField("name", e.Name, "is not a command", "one of the commands in /api/openapi.json")
}

func decode[T Command](body []byte) (Command, error) {
	var c T
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return nil, fmt.Errorf("decode command %s: %w", c.Name(), err)
	}
	return c, nil
}

// eventJSON is an event's form in transport and in the store.
type eventJSON struct {
	event
	Data json.RawMessage `json:"data"`
}

type event Event

// MarshalJSON writes the event with its data.
func (e Event) MarshalJSON() ([]byte, error) {
	data, err := json.Marshal(e.Data)
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.Type, err)
	}
	return json.Marshal(eventJSON{event: event(e), Data: data})
}

// UnmarshalJSON reads an event. Data of an unknown type, written by a later
// version, is kept as [Unknown] so that numbers still follow on each other.
func (e *Event) UnmarshalJSON(b []byte) error {
	var j eventJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return fmt.Errorf("decode event: %w", err)
	}
	data, err := DecodeData(j.Type, j.Data)
	if err != nil {
		return err
	}
	*e = Event(j.event)
	e.Data = data
	return nil
}

// Unknown is the data of an event whose type this version does not know.
type Unknown struct {
	name string
	raw  json.RawMessage
}

// Type implements [Data].
func (u Unknown) Type() string { return u.name }

// MarshalJSON gives the data as it was read.
func (u Unknown) MarshalJSON() ([]byte, error) { return u.raw, nil }

func (Unknown) apply(*State, Event) {}

// DecodeData reads an event's data by its type.
func DecodeData(name string, raw []byte) (Data, error) {
	switch name {
	case EvOpened:
		return decodeData[Opened](raw)
	case EvAwarenessSet:
		return decodeData[AwarenessSet](raw)
	case EvObligationOpened:
		return decodeData[ObligationOpened](raw)
	case EvObligationMoved:
		return decodeData[ObligationMoved](raw)
	case EvObligationOverdue:
		return decodeData[ObligationOverdue](raw)
	case EvObligationWaived:
		return decodeData[ObligationWaived](raw)
	case EvObligationReinstated:
		return decodeData[ObligationReinstated](raw)
	case EvObligationMet:
		return decodeData[ObligationMet](raw)
	case EvStageStarted:
		return decodeData[StageStarted](raw)
	case EvFactFixed:
		return decodeData[FactFixed](raw)
	case EvScreeningRecorded:
		return decodeData[ScreeningRecorded](raw)
	case EvDelayReasonsGiven:
		return decodeData[DelayReasonsGiven](raw)
	case EvNotificationRejudged:
		return decodeData[NotificationRejudged](raw)
	case EvAssessmentRecorded:
		return decodeData[AssessmentRecorded](raw)
	case EvNotificationDrafted:
		return decodeData[NotificationDrafted](raw)
	case EvNotificationApproved:
		return decodeData[NotificationApproved](raw)
	case EvNotificationFiled:
		return decodeData[NotificationFiled](raw)
	case EvReminderFired:
		return decodeData[ReminderFired](raw)
	case EvReminderEscalated:
		return decodeData[ReminderEscalated](raw)
	case EvReminderAccepted:
		return decodeData[ReminderAccepted](raw)
	case EvReminderRefused:
		return decodeData[ReminderRefused](raw)
	case EvAcknowledged:
		return decodeData[Acknowledged](raw)
	case EvTaskCreated:
		return decodeData[TaskCreated](raw)
	case EvTaskCompleted:
		return decodeData[TaskCompleted](raw)
	case EvTaskReopened:
		return decodeData[TaskReopened](raw)
	case EvAttached:
		return decodeData[Attached](raw)
	case EvPeopleImported:
		return decodeData[PeopleImported](raw)
	case EvRoundOpened:
		return decodeData[RoundOpened](raw)
	case EvMailingDrafted:
		return decodeData[MailingDrafted](raw)
	case EvMailingApproved:
		return decodeData[MailingApproved](raw)
	case EvMailingStarted:
		return decodeData[MailingStarted](raw)
	case EvMailingStopped:
		return decodeData[MailingStopped](raw)
	case EvMailingPaused:
		return decodeData[MailingPaused](raw)
	case EvMailingResumed:
		return decodeData[MailingResumed](raw)
	case EvMailingFinished:
		return decodeData[MailingFinished](raw)
	case EvMailingBounced:
		return decodeData[MailingBounced](raw)
	case EvMailingTested:
		return decodeData[MailingTested](raw)
	case EvPublicDrafted:
		return decodeData[PublicDrafted](raw)
	case EvPublicApproved:
		return decodeData[PublicApproved](raw)
	case EvPublicationRecorded:
		return decodeData[PublicationRecorded](raw)
	case EvClosed:
		return decodeData[Closed](raw)
	case EvJoined:
		return decodeData[Joined](raw)
	case EvDisclosureJoined:
		return decodeData[DisclosureJoined](raw)
	case EvDisclosureTakenOut:
		return decodeData[DisclosureTakenOut](raw)
	case EvReopened:
		return decodeData[Reopened](raw)
	case EvPeopleTaken:
		return decodeData[PeopleTaken](raw)
	case EvBundlePrepared:
		return decodeData[BundlePrepared](raw)
	case EvBundleExported:
		return decodeData[BundleExported](raw)
	case EvSettingChanged:
		return decodeData[SettingChanged](raw)
	case EvFactorDemanded:
		return decodeData[FactorDemanded](raw)
	case EvAccountChanged:
		return decodeData[AccountChanged](raw)
	case EvCounselLink:
		return decodeData[CounselLinkUsed](raw)
	case EvOnCallOrdered:
		return decodeData[OnCallOrdered](raw)
	case EvAccountsLoaded:
		return decodeData[AccountsLoaded](raw)
	case EvPeopleSeen:
		return decodeData[PeopleSeen](raw)
	case EvRecordExported:
		return decodeData[RecordExported](raw)
	case EvSignInFailed:
		return decodeData[SignInFailed](raw)
	case EvDocumentSeen:
		return decodeData[DocumentSeen](raw)
	case EvCheckpointSent:
		return decodeData[CheckpointSent](raw)
	case EvMachineAdmitted:
		return decodeData[MachineAdmitted](raw)
	case EvKeyReplaced:
		return decodeData[KeyReplaced](raw)
	case EvTakenOver:
		return decodeData[TakenOver](raw)
	case EvProcessesRecovered:
		return decodeData[ProcessesRecovered](raw)
	case EvRecoveryRun:
		return decodeData[InstallationRecovered](raw)
	case EvRegisterTaken:
		return decodeData[RegisterTaken](raw)
	case EvRecordVerified:
		return decodeData[RecordVerified](raw)
	case EvMasterKeyRotated:
		return decodeData[MasterKeyRotated](raw)
	case EvWebhookChanged:
		return decodeData[WebhookChange](raw)
	case EvAnchored:
		return decodeData[Anchored](raw)
	case EvLedgerKeyRotated:
		return decodeData[LedgerKeyRotated](raw)
	case EvMasterKeyRewrapped:
		return decodeData[MasterKeyRewrapped](raw)
	case EvVendorChanged:
		return decodeData[VendorChanged](raw)
	case EvDisclosureLinkChanged:
		return decodeData[DisclosureLinkChanged](raw)
	case EvVendorLinked:
		return decodeData[VendorLinked](raw)
	case EvRetentionSet:
		return decodeData[RetentionSet](raw)
	case EvErasureHeld:
		return decodeData[ErasureHeld](raw)
	case EvErasureReleased:
		return decodeData[ErasureReleased](raw)
	case EvDocumentKept:
		return decodeData[DocumentKept](raw)
	case EvErasureScheduled:
		return decodeData[ErasureScheduled](raw)
	case EvErasureWarned:
		return decodeData[ErasureWarned](raw)
	case EvWarningAccepted:
		return decodeData[WarningAccepted](raw)
	case EvWarningRefused:
		return decodeData[WarningRefused](raw)
	case EvErasureRequested:
		return decodeData[ErasureRequested](raw)
	case EvErasureConfirmed:
		return decodeData[ErasureConfirmed](raw)
	case EvErasureBegun:
		return decodeData[ErasureBegun](raw)
	case EvPeopleErased:
		return decodeData[PeopleErased](raw)
	}
	return Unknown{name: name, raw: raw}, nil
}

func decodeData[T Data](raw []byte) (Data, error) {
	var d T
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, fmt.Errorf("decode event %s: %w", d.Type(), err)
	}
	return d, nil
}

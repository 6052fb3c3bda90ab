package workflows_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	sdkpb "go.temporal.io/api/sdk/v1"

	"tocsin/incident"
)

// ofTheInstallation are the commands that belong to no incident: they are
// recorded without a workflow, since nothing follows from them later.
var ofTheInstallation = []string{
	incident.CmdKeepAccount, incident.CmdUseAccount, incident.CmdLoadAccounts, incident.CmdSeePeople,
	incident.CmdRotateMasterKey, incident.CmdFinishRotation, incident.CmdKeepWebhook, incident.CmdStopWebhook,
	incident.CmdKeepVendor, incident.CmdOrderOnCall, incident.CmdKeepDisclosureLink, incident.CmdUseDisclosureLink,
	incident.CmdDemandFactor, incident.CmdKeepCounselLink, incident.CmdOpenCounselLink, incident.CmdExportRecord,
	incident.CmdVerifyRecord, incident.CmdTakeRegister, incident.CmdNoteFailures, incident.CmdSeeDocument, incident.CmdSendCheckpoint,
	incident.CmdRunRecovery,
	incident.CmdChangeSetting,
	incident.CmdRotateLedgerKey,
	incident.CmdKeepAnchor,
	incident.CmdTakeOver,
	incident.CmdAdmitMachine,
	incident.CmdReplaceKey,
}

// workflowMetadata is the query that every workflow answers by itself.
const workflowMetadata = "__temporal_workflow_metadata"

// TestEveryCommandOfAPersonIsTakenByTheWorkflow asks the running workflow which
// updates it takes. A command that one of the three lists lacks (the codec, the
// workflow, the roles) would be refused on the day it is given.
func TestEveryCommandOfAPersonIsTakenByTheWorkflow(t *testing.T) {
	d := newDrill(t)
	var taken []string
	d.env.RegisterDelayedCallback(func() {
		answer, err := d.env.QueryWorkflow(workflowMetadata)
		if err != nil {
			t.Error(err)
			return
		}
		var about sdkpb.WorkflowMetadata
		if err := answer.Get(&about); err != nil {
			t.Error(err)
		}
		for _, u := range about.GetDefinition().GetUpdateDefinitions() {
			taken = append(taken, u.GetName())
		}
	}, time.Minute)
	d.run(1)

	names := commandNames(t)
	if len(names) < 40 {
		t.Fatalf("%d commands were found in the package incident", len(names))
	}
	for _, name := range names {
		if slices.Contains(ofTheInstallation, name) {
			if slices.Contains(taken, name) {
				t.Errorf("%s belongs to no incident and is taken by an incident's workflow", name)
			}
			continue
		}
		command, err := incident.Envelope{Name: name, Body: []byte(`{}`)}.Command()
		if err != nil {
			t.Errorf("%s cannot be recorded: %v", name, err)
			continue
		}
		if command.Name() != name {
			t.Errorf("%s is unpacked as %s", name, command.Name())
		}
		refused, _ := errors.AsType[*incident.Error](incident.Check(dpo, command))
		// A bundle is sealed by the pages in the engine's name.
		ofPersons := refused == nil || refused.Kind != incident.Forbidden || name == incident.CmdPrepareBundle || name == incident.CmdSealBundle
		if got := slices.Contains(taken, name); got != ofPersons {
			t.Errorf("%s: the workflow takes it: %t; a person may give it: %t", name, got, ofPersons)
		}
	}
	for _, name := range taken {
		if !slices.Contains(names, name) {
			t.Errorf("the workflow takes %s, which is no command", name)
		}
	}
}

// commandNames are the values of all constants Cmd… of the package incident, as
// its source has them: a new command cannot be forgotten here.
func commandNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../incident/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, name := range spec.Names {
				if !strings.HasPrefix(name.Name, "Cmd") || i >= len(spec.Values) {
					continue
				}
				literal, ok := spec.Values[i].(*ast.BasicLit)
				if !ok {
					t.Errorf("%s is not a literal", name.Name)
					continue
				}
				value, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, value)
			}
			return true
		})
	}
	return names
}

package filing

import (
	"tocsin/gdpr/form"
	"tocsin/incident"
)

// registerFields are the fields of the form that answer GDPR Art. 33(5), by part.
// None of them is made to name a person.
func registerFields() []struct {
	part string
	keys []string
} {
	return []struct {
		part string
		keys []string
	}{
		{incident.RegisterFacts, []string{
			"breach_nature", "incident_nature", "cause", "incident_description", "systems_description", "discovered_by", "unintelligible",
			"data_subject_categories", "data_subjects_description", "data_subjects_number", "data_types", "data_description", "records_number"}},
		{incident.RegisterEffects, []string{
			"confidentiality_type", "integrity_type", "availability_type",
			"confidentiality_consequences", "confidentiality_consequences_description", "integrity_consequences", "integrity_consequences_description",
			"availability_consequences", "availability_consequences_description", "impacts", "impacts_description",
			"severity", "risk_outcome", "risk_description"}},
		{incident.RegisterRemedial, []string{"measures_taken", "measures_after", "measures_after_description"}},
	}
}

// TellRegister writes into an entry of the register what the versions of the form
// that it names say, in a language. What the authority received goes before a
// draft, field by field. What a draft only copied from the case is left out, since
// the register has it from there.
//
// drafts are the contents by the id of their file. A version that is not among
// them says nothing.
func TellRegister(e *incident.RegisterEntry, drafts map[string]form.Draft, language string) error {
	e.Said = nil
	for _, part := range registerFields() {
		said := map[string]incident.RegisterSaid{}
		for _, f := range e.Forms {
			draft, ok := drafts[f.Document]
			if !ok {
				continue
			}
			told, err := form.Tell(draft, language, f.At, part.keys...)
			if err != nil {
				return err
			}
			for _, one := range told {
				if _, earlier := said[one.Key]; earlier || one.Prefilled && f.From == incident.RegisterDrafted {
					continue
				}
				said[one.Key] = incident.RegisterSaid{Part: part.part, From: f.From, Field: one.Number, Key: one.Key, Label: one.Label, Value: one.Value,
					Rough: one.State == form.StateEstimated}
			}
		}
		for _, key := range part.keys {
			if one, ok := said[key]; ok {
				e.Said = append(e.Said, one)
			}
		}
	}
	return nil
}

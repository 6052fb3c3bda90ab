package form_test

import (
	"testing"
	"time"

	"tocsin/gdpr"
	"tocsin/gdpr/form"
)

// madrid is the zone of the example, without need of a time zone database.
var madrid = time.FixedZone("CET", 3600)

func local(day, hour, minute int) time.Time {
	return time.Date(2025, 11, day, hour, minute, 0, 0, madrid)
}

func count(n int64) *int64 { return &n }

// vendorBreach is the example incident: an analytics vendor loses a data set.
func vendorBreach() form.Known {
	return form.Known{
		Language: "es",
		Controller: form.KnownController{
			Name: "Example Platform S.L.", Contact: "Calle Ejemplo 1, 28000 Madrid; privacy@example.com; +34 000 000 000",
			Reference: "2025-11-vendor-export", IdentifierType: "vat_number", Identifier: "ESB00000000",
			Sector: "private", Organisation: "small_or_medium", Activity: "J63.11",
			Establishments: []string{"ES"}, Source: "settings",
		},
		Reporter: form.KnownReporter{
			KnownContact: form.KnownContact{Name: "Data protection office", Details: "dpo@example.com, +34 000 000 000", Source: "settings"},
			Function:     "dpo",
		},
		DPO:           form.KnownContact{Name: "Data protection office", Details: "dpo@example.com", Source: "settings"},
		Parties:       []form.KnownParty{{Role: "encargado del tratamiento", Name: "Mirador Analytics", Contact: "security@mirador.example.net"}},
		PartiesSource: "disclosure",
		Timeline: form.KnownTimeline{
			AwareAt: local(25, 17, 30), AwareSource: "awareness, revision 2",
			OccurredFrom: local(8, 21, 40), OccurredTo: local(9, 10, 20), Approximate: true,
			DiscoveredBy: "processor", Discovery: "El encargado lo detectó y entregó los datos exportados.",
			ToldAt: local(25, 18, 4), ProcessorDetectedAt: local(9, 10, 20), Source: "disclosure",
		},
		Nature: form.KnownNature{
			Breach: []string{"confidentiality"}, Unintelligible: "no", Incident: "exfiltration", Cause: "external_malicious",
			Summary: "Un atacante engañó a personal del encargado, accedió a parte de sus sistemas y exportó un conjunto de datos de usuarios de nuestra plataforma.",
			Systems: "Sistema de analítica del encargado.", Source: "disclosure",
		},
		People: form.KnownCount{
			Count: count(500), Categories: []string{"users"}, Description: "Usuarios de la plataforma.",
			PerCountry: map[string]int64{"ES": 180, "FR": 70, "DE": 70, "IT": 50, "PT": 40, "NL": 40, "LV": 25, "IE": 25, "": 0},
			Source:     "people import round 1",
		},
		Records: form.KnownCount{Count: count(502), Source: "people import round 1"},
		Data: form.KnownData{
			Kinds:  []string{"name", "email", "location", "locale", "user_id", "organisation", "browser", "referrer"},
			Source: "people import round 1",
		},
		Measures: form.KnownMeasures{
			Before: []string{"policies", "training", "other"}, BeforeDescription: "Contrato con el encargado conforme al artículo 28 del RGPD.",
			Taken: "Integración retirada y flujo de datos detenido el 25 de noviembre.", After: []string{"process_change", "audits"},
			AfterDescription: "Revisión de seguridad de todos los proveedores.", Source: "tasks",
		},
		Risk: form.KnownRisk{
			Outcome: "risk", Band: gdpr.BandMedium, Reason: "Los datos permiten suplantaciones creíbles; el destinatario es desconocido.",
			Consequences: []string{"linkable", "other_purposes"}, Impacts: []string{"loss_of_control", "fraud", "third_party_disclosure"},
			Source: "assessment 1",
		},
		Communication: form.KnownCommunication{Answer: "no_on_date", On: local(28, 10, 0), Source: "mailing round 1"},
		Authorities: form.KnownAuthorities{
			CrossBorder: "yes", Lead: "AEPD", Notified: []string{"AEPD"}, Police: "no", Others: "no", Source: "assessment 1",
		},
	}
}

// example is the example incident as a draft, prefilled two hours before it is
// filed.
func example(t testing.TB, subtype form.Subtype) form.Draft {
	t.Helper()
	d, err := form.NewDraft(form.Versions()[0], form.New, subtype)
	if err != nil {
		t.Fatal(err)
	}
	d, err = form.Prefill(d, at.Add(-2*time.Hour), vendorBreach())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// put sets an answer or fails the test.
func put(t testing.TB, d form.Draft, now time.Time, key string, a form.Answer) form.Draft {
	t.Helper()
	d, err := d.Set(now, key, a)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func text(s string) form.Answer { return form.Answer{Value: form.Text(s)} }

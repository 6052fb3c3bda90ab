package translation

import (
	"errors"
	"testing"
	"time"

	"tocsin/incident"
)

func TestARefusalIsSaidInTheReadersLanguage(t *testing.T) {
	for name, c := range map[string]struct {
		told *incident.Error
		want string
	}{
		"a sentence":        {incident.Refused(incident.Conflict, "erasing is not held: there is nothing to release"), "la supresión no está suspendida: no hay nada que levantar"},
		"a word in it":      {incident.Refused(incident.Conflict, "round %d is %s: only a paused round can be resumed", 2, incident.Word("finished")), "la ronda 2 está así: terminada; solo puede reanudarse una ronda en pausa"},
		"a command in it":   {incident.Refused(incident.Forbidden, "the role \"%s\" may not %s; ask the DPO or a deputy", incident.Word("auditor"), incident.Deed("close")), "el rol «auditor» no puede hacer esto: cerrar el caso; pídaselo al DPD o a un adjunto"},
		"a field":           {incident.InvalidField("title", "", "is missing", "a few words that name the case, without naming people"), "título: falta; se espera: unas palabras que den nombre al caso, sin nombrar a personas"},
		"a field's value":   {incident.InvalidField("days", "0", "is out of range", incident.Say("1 to %d", 9)), "días: está fuera de los límites: «0»; se espera: de 1 a 9"},
		"what nobody wrote": {incident.Refused(incident.Conflict, "a sentence of a newer version about %d", 3), "a sentence of a newer version about 3"},
	} {
		if got := In("es-MX").Refusal(c.told); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if got := In("de").Refusal(c.told); got != c.told.Error() {
			t.Errorf("%s in no language of ours: %q", name, got)
		}
	}
}

// TestWhatARealRefusalSays goes through Decide, so that no format is read past.
func TestWhatARealRefusalSays(t *testing.T) {
	_, err := incident.Decide(&incident.State{}, incident.Actor{ID: "u", Role: incident.RoleAuditor}, incident.Close{Reason: "done"}, time.Now())
	told, ok := errors.AsType[*incident.Error](err)
	if !ok {
		t.Fatalf("the refusal is %v", err)
	}
	if got := In("es").Refusal(told); got != "el rol «auditor» no puede hacer esto: cerrar el caso; pídaselo al DPD o a un adjunto" {
		t.Errorf("it says %q", got)
	}
}

func TestARecordedSentenceIsRecognised(t *testing.T) {
	for english, want := range map[string]string{
		"Draft the notice to the 12 people of round 3.":                                      "Redacte el aviso a las 12 personas de la ronda 3.",
		"Draft the notification to AEPD.":                                                    "Por redactar: la notificación para AEPD.",
		"Give the reasons for the delay: obligation 1 to AEPD is overdue (GDPR Art. 33(1)).": "Dé los motivos del retraso: la obligación 1 ante AEPD está vencida (RGPD art. 33.1).",
		"Something new.": "Something new.",
		"":               "",
	} {
		if got := In("es").Text(english); got != want {
			t.Errorf("%q became %q, want %q", english, got, want)
		}
	}
}

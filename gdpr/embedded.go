package gdpr

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"sync"
)

//go:embed data/*.json
var dataFiles embed.FS

// The decoded data. It is read once and never written afterwards; exported
// functions hand out copies.
var (
	rules       = sync.OnceValue(func() []Rule { return decode[Rule]("rules") })
	ladders     = sync.OnceValue(func() []Ladder { return decode[Ladder]("ladders") })
	regimes     = sync.OnceValue(func() []Regime { return decode[Regime]("regimes") })
	authorities = sync.OnceValue(func() []Authority { return decode[Authority]("authorities") })
	dataKinds   = sync.OnceValue(func() []DataKind { return decode[DataKind]("data_kinds") })
)

// decode reads one embedded list. A list that cannot be read is a broken build,
// which the tests of this package catch, hence the panic.
func decode[T any](name string) []T {
	file := "data/" + name + ".json"
	raw, err := dataFiles.ReadFile(file)
	if err != nil {
		panic(fmt.Sprintf("gdpr: embedded %s: %v", file, err))
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var list []T
	if err := decoder.Decode(&list); err != nil {
		panic(fmt.Sprintf("gdpr: embedded %s: %v", file, err))
	}
	return list
}

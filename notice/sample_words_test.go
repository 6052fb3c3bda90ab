package notice

import (
	_ "embed" // the sentences are data: a spell checker for English stumbles over them
	"encoding/json"
	"sync"
)

// words are the controller's sentences of the example incident in a language.
type words struct {
	Contact      string   `json:"contact"`
	Nature       string   `json:"nature"`
	Change       string   `json:"change"` // what a follow-up tells
	Consequences []string `json:"consequences"`
	Measures     []string `json:"measures"`
	Advice       []string `json:"advice"`
}

//go:embed testdata/words.json
var wordsFile []byte

// sampleWords are the sentences in every language but English.
var sampleWords = sync.OnceValue(func() map[string]words {
	var all map[string]words
	if err := json.Unmarshal(wordsFile, &all); err != nil {
		panic(err)
	}
	return all
})

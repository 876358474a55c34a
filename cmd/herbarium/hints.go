package main

import (
	"errors"
	"regexp"
	"strings"

	"herbarium/engine/fault"
	"herbarium/engine/mongodb"
)

// hints completes the commands that messages suggest with the flags of this one,
// so that they use the same descriptors and the same store.
type hints struct{ flags string }

func newHints(folder *folderFlag, store *storeFlags) hints {
	var b strings.Builder
	add := func(flag, value string) {
		if value != "" {
			b.WriteString(" --" + flag + " " + shellWord(value))
		}
	}
	add("datasets", folder.dir)
	if store.file != "" {
		add("store-file", store.file)
	} else {
		add("store", mongodb.WithoutSecrets(store.store))
	}
	return hints{b.String()}
}

// loadCommand returns the command that loads the dataset.
func (h hints) loadCommand(dataset string) string { return fault.LoadCall(dataset) + h.flags }

// complete completes the command that an error about the dataset ends with.
func (h hints) complete(dataset string, err error) error {
	var known *fault.Error
	if !errors.As(err, &known) || !strings.HasSuffix(known.Detail, fault.LoadCall(dataset)) {
		return err
	}
	completed := *known
	completed.Detail += h.flags
	return &completed
}

var plainWord = regexp.MustCompile(`^[\pL\pN_./:@=,+%…-]+$`)

// shellWord quotes a word that a shell would change or split.
func shellWord(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

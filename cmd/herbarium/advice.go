package main

import (
	"errors"
	"regexp"
	"strings"

	"herbarium/engine"
	"herbarium/engine/mongodb"
)

// advice completes calls that are advised by the flags of this one, so that
// they mean the same descriptors and the same store.
type advice struct{ flags string }

func newAdvice(folder *folderFlag, store *storeFlags) advice {
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
	return advice{b.String()}
}

// loadCall returns the whole call that loads the dataset.
func (a advice) loadCall(dataset string) string { return engine.LoadCall(dataset) + a.flags }

// complete completes the call that an error about the dataset ends with.
func (a advice) complete(dataset string, err error) error {
	var known *engine.Error
	if !errors.As(err, &known) || !strings.HasSuffix(known.Detail, engine.LoadCall(dataset)) {
		return err
	}
	completed := *known
	completed.Detail += a.flags
	return &completed
}

var plainWord = regexp.MustCompile(`^[\pL\pN_./:@=,+%…-]+$`)

// shellWord quotes what a shell would take apart.
func shellWord(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

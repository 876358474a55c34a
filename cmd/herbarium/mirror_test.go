package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestFlagsOfCopiesThatAreNotMadeAreNamed(t *testing.T) {
	dir := t.TempDir()
	for name, test := range map[string]struct {
		flags mirrorFlags
		want  string
	}{
		"a folder":            {mirrorFlags{mode: mirrorOff, dir: dir}, `unused="--mirror-dir ` + dir + `"`},
		"a folder and budget": {mirrorFlags{mode: mirrorOff, dir: dir, budget: 1 << 20}, `unused="--mirror-dir ` + dir + `, --mirror-budget 1MiB"`},
		"neither":             {mirrorFlags{mode: mirrorOff}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			m, err := test.flags.open(nil, &storeFlags{store: "mongodb://localhost"}, slog.New(slog.NewTextHandler(&log, nil)))
			if err != nil || m.mirror != nil {
				t.Fatalf("opened %+v, %v", m, err)
			}
			if said := log.String(); !strings.Contains(said, test.want) || (said == "") != (test.want == "") {
				t.Errorf("the log has %q, want %q", said, test.want)
			}
		})
	}
}

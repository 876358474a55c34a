package main

import (
	"strings"
	"testing"
)

func TestConnectionsStayBelowTheOpenFiles(t *testing.T) {
	for _, test := range []struct {
		name         string
		asked, files int
		want         int
		fault        string
	}{
		{"default", 0, 1_048_576, 20_000, ""},
		{"default of a usual limit", 0, 1024, 768, ""},
		{"default of a small limit", 0, 100, 50, ""},
		{"default without a limit", 0, 0, 20_000, ""},
		{"asked for", 50_000, 65_536, 50_000, ""},
		{"asked for without a limit", 50_000, 0, 50_000, ""},
		{"as many as there can be", 768, 1024, 768, ""},
		{"too many", 769, 1024, 0, "the process may have 1024 files open (ulimit -n), which is enough for 768"},
		{"negative", -1, 1024, 0, "must not be negative"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := connectionsWithin(test.asked, test.files)
			if got != test.want || (err == nil) != (test.fault == "") || err != nil && !strings.Contains(err.Error(), test.fault) {
				t.Errorf("%d, %v", got, err)
			}
		})
	}
}

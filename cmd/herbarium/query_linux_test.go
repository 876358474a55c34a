package main

import (
	"bufio"
	"testing"
)

// A person at a terminal gets a table without asking for it.
func TestQueryWritesATableToATerminal(t *testing.T) {
	person, out := openTerminal(t)
	if code := (&program{out: out, err: t.Output(), lookup: func(string) (string, bool) { return "", false }}).
		run(t.Context(), []string{"query", "iris", `{"per_page":1,"fields":["label"]}`}); code != 0 {
		t.Fatalf("the exit code is %d", code)
	}
	screen := bufio.NewReader(person)
	for _, want := range []string{"label\r\n", "string\r\n", "------\r\n", "setosa\r\n"} {
		inTime(t, "the table is not written", func() {
			if line, err := screen.ReadString('\n'); err != nil || line != want {
				t.Errorf("a line is %q (%v), want %q", line, err, want)
			}
		})
	}
}

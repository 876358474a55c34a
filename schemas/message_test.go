package schemas

import (
	"strconv"
	"strings"
	"testing"
)

func TestClipCutsBetweenCharacters(t *testing.T) {
	for _, c := range []string{"a", "é", "中", "😀"} {
		if got, want := Clip(strings.Repeat(c, 64)), strings.Repeat(c, 64); got != want {
			t.Errorf("64 %s became %s", c, got)
		}
		if got, want := Clip(strings.Repeat(c, 65)), strings.Repeat(c, 64)+"…"; got != want {
			t.Errorf("65 %s became %s, want %s", c, got, want)
		}
	}
}

func TestQuoteWritesAShortTextAsJSON(t *testing.T) {
	if got, want := Quote("a\"\n"), `"a\"\n"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := Quote(strings.Repeat("é", 65)), `"`+strings.Repeat("é", 64)+`…"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestListCountsWhatAMessageCannotHold(t *testing.T) {
	names := make([]string, 41)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	forty := strings.Join(names[:40], ", ")
	for want, names := range map[string][]string{
		"none": nil, "0": names[:1], "0, 1": names[:2], `a, "", b`: {"a", "", "b"}, forty: names[:40], forty + " and 1 more": names,
	} {
		if got := List(names); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

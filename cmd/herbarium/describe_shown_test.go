package main

import "testing"

func TestValuesAreShownInFewCharacters(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{nil, ""},
		{"", `""`},
		{`"d"`, `"d"`},
		{`C:\temp`, `C:\temp`},
		{"line\nbreak", `line\nbreak`},
		{"日本語", "日本語"},
		{"more than twenty characters", "more than twenty ch…"},
		{int64(9007199254740993), "9007199254740993"},
		{1234.5678, "1235"},
	} {
		if got := shown(c.value); got != c.want {
			t.Errorf("%v: %s, want %s", c.value, got, c.want)
		}
	}
}

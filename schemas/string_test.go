package schemas

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestAppendStringEscapesWhatItMustAndNothingElse(t *testing.T) {
	tests := map[string]string{
		"":                   `""`,
		"<a href='x'>&</a>":  `"<a href='x'>&</a>"`,
		"a\"b\\c":            `"a\"b\\c"`,
		"\n\r\t\b\x00\x1f":   `"\n\r\t\u0008\u0000\u001f"`,
		"é中😀\u2028\u007f":    "\"é中😀\u2028\u007f\"",
		"a\xffb":             "\"a\uFFFDb\"",
		"\uFFFD is itself":   "\"\uFFFD is itself\"",
		"cut short \xe4\xb8": "\"cut short \uFFFD\uFFFD\"",
	}
	for s, want := range tests {
		if got := string(AppendString(nil, s)); got != want {
			t.Errorf("AppendString(%q) = %s, want %s", s, got, want)
		}
	}
}

func TestAppendStringReadsBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		var got string
		if err := json.Unmarshal(AppendString(nil, s), &got); err != nil || got != s {
			t.Fatalf("%q became %q, %v", s, got, err)
		}
	})
}

package schemas

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestParseRefusesWhatIsNotOneJSONValue(t *testing.T) {
	tests := []struct {
		name, text   string
		code         Code
		line, column int
	}{
		{"nothing", "", NotJSON, 1, 1},
		{"cut short", `{"page":`, NotJSON, 1, 9},
		{"NaN", `{"a":NaN}`, NotJSON, 1, 6},
		{"infinity", `[-Infinity]`, NotJSON, 1, 3},
		{"byte order mark", "\uFEFF{}", NotJSON, 1, 1},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", NotJSON, 1, 7},
		{"invalid UTF-8 between values", "[1,\xff]", NotJSON, 1, 4},
		{"overlong UTF-8", "\"\xc0\x80\"", NotJSON, 1, 2},
		{"lone high surrogate", `"\ud800"`, NotJSON, 1, 2},
		{"lone low surrogate", `"a\udc00"`, NotJSON, 1, 3},
		{"control character", "\"a\nb\"", NotJSON, 1, 3},
		{"single quotes", `{'a':1}`, NotJSON, 1, 2},
		{"trailing comma in an object", "{\"a\":1,\n}", NotJSON, 2, 1},
		{"trailing comma in an array", `[1,]`, NotJSON, 1, 4},
		{"leading zero", `01`, TrailingData, 1, 2},
		{"leading plus", `+1`, NotJSON, 1, 1},
		{"bare point", `1.`, NotJSON, 1, 3},
		{"bare exponent", `1e`, NotJSON, 1, 3},
		{"comment", "{} // x", TrailingData, 1, 4},
		{"two values", "{} {}", TrailingData, 1, 4},
		{"a letter behind", "{}x", TrailingData, 1, 3},
		{"second line", "{\n  \"a\": tru\n}", NotJSON, 2, 8},
		{"unknown escape", `"\x"`, NotJSON, 1, 3},
		{"short escape", `"\u12"`, NotJSON, 1, 4},
		{"65 levels", strings.Repeat("[", 65) + strings.Repeat("]", 65), NotJSON, 1, 65},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte(test.text))
			got, ok := err.(*SyntaxError)
			if !ok {
				t.Fatalf("Parse gave %v, want a *SyntaxError", err)
			}
			if got.Code != test.code || got.Line != test.line || got.Column != test.column {
				t.Errorf("got %s at %d:%d (%s), want %s at %d:%d",
					got.Code, got.Line, got.Column, got.Detail, test.code, test.line, test.column)
			}
		})
	}
}

func TestParseTakesDeepNestingUpToItsLimit(t *testing.T) {
	if _, err := Parse([]byte(strings.Repeat("[", 64) + strings.Repeat("]", 64))); err != nil {
		t.Errorf("64 levels: %v", err)
	}
}

func TestParseStopsEarlyAtAFloodOfBrackets(t *testing.T) {
	text := []byte(strings.Repeat("[", 100_000))
	allocated := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			if _, err := Parse(text); err == nil {
				b.Fatal("no error")
			}
		}
	})
	if allocated.AllocedBytesPerOp() > 1<<20 {
		t.Errorf("Parse took %d bytes for 100,000 brackets", allocated.AllocedBytesPerOp())
	}
}

func TestParseReadsStringsAsWritten(t *testing.T) {
	tests := map[string]string{
		`""`:                         "",
		`"a\"\\\/\b\f\n\r\tz"`:       "a\"\\/\b\f\n\r\tz",
		`"\u00e9\u4E2D\ud83d\ude00"`: "é中😀",
		`"é中😀"`:                      "é中😀",
		`"\u0000"`:                   "\x00",
	}
	for text, want := range tests {
		n, err := Parse([]byte(text))
		if err != nil || n.Kind != String || n.Text != want {
			t.Errorf("Parse(%s) = %+v, %v, want %q", text, n, err, want)
		}
	}
}

func TestParseMarksDoubledKeys(t *testing.T) {
	for _, keys := range []int{3, 40} { // below and above the size from which keys are hashed
		var b strings.Builder
		for i := range keys {
			b.WriteString(`"k` + strconv.Itoa(i) + `":0,`)
		}
		n, err := Parse([]byte("{" + b.String() + `"k1":1,"\u006b1":2}`))
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range n.Members {
			if want := i >= keys; m.Doubled != want {
				t.Errorf("%d keys: member %d (%s) doubled %v, want %v", keys, i, m.Key, m.Doubled, want)
			}
		}
	}
}

// FuzzParse holds Parse against encoding/json: it accepts what that accepts
// and is UTF-8 without lone surrogates, nested no deeper than allowed.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-2.5e3,"x\n",true,null]}`, `{} {}`, "[[[[", `"\ud83d\ude00"`, `{"a":1,"a":2}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		start := time.Now()
		n, err := Parse(text)
		if took := time.Since(start); took > time.Minute {
			t.Fatalf("took %v", took)
		}
		if err != nil {
			syntax, ok := err.(*SyntaxError)
			if !ok || syntax.Line < 1 || syntax.Column < 1 {
				t.Fatalf("error %#v", err)
			}
			strict := utf8.Valid(text) && !strings.Contains(strings.ToLower(string(text)), `\ud`)
			if json.Valid(text) && strict && !strings.Contains(syntax.Detail, "nest deeper") {
				t.Fatalf("%q is valid, but: %v", text, err)
			}
			return
		}
		if !json.Valid(text) {
			t.Fatalf("%q is not valid JSON", text)
		}
		var want any
		decoder := json.NewDecoder(strings.NewReader(string(text)))
		decoder.UseNumber()
		if err := decoder.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if got := n.Kind == Null; got != (want == nil) {
			t.Fatalf("%q: kind %v", text, n.Kind)
		}
		if s, ok := want.(string); ok && n.Text != s {
			t.Fatalf("%q: got %q, want %q", text, n.Text, s)
		}
	})
}

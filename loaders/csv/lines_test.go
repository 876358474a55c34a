package csv

import (
	"bufio"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/loaders/decode"
	"herbarium/loaders/source"
)

// oneByOne is a part whose records are all read one by one.
type oneByOne struct{ *part }

func (p oneByOne) Decode(c *decode.Checker) error {
	c.Expect(p.lines + 1)
	return p.each(&scanner{}, c)
}

// checked is what a Checker made of a text.
type checked struct {
	Rows, Wrong, Total, Loose int64
	Faults                    []decode.Fault
	Rejects                   []decode.Reject
	Places                    []decode.Place
	Texts                     string
	Seen                      [][]bool
	Values                    [][]string
	Error                     string
}

// check reads a text with a header; wrap says how its parts are read.
func check(t interface{ Fatal(...any) }, ds *datasets.Dataset, text string, options decode.Options, chunk int, wrap func(*part) decode.Part) (all checked) {
	limits := source.Limits{Record: 1 << 20, Chunk: chunk}
	r, err := Open(bufio.NewReader(strings.NewReader(text)), limits, ds.CSV, func(name string) bool { return ds.Fields[0].Column == name })
	if err != nil {
		t.Fatal(err)
	}
	l := decode.NewLayout(ds, "")
	if faults := r.Bind(l); len(faults) > 0 {
		t.Fatal(faults)
	}
	options.Constants = l.Constants
	c, out := decode.NewChecker(ds, options), &decode.Result{}
	for {
		p, err := r.next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		c.Check(wrap(p), out)
		all.add(ds, out)
	}
}

func (a *checked) add(ds *datasets.Dataset, out *decode.Result) {
	a.Rows, a.Wrong, a.Total, a.Loose = a.Rows+out.Rows, a.Wrong+out.Wrong, a.Total+out.Total, a.Loose+out.Loose
	a.Faults = append(a.Faults, out.Faults...)
	a.Rejects = append(a.Rejects, out.Rejects...)
	a.Texts += string(out.Texts)
	a.Seen = append(a.Seen, append([]bool{}, out.Seen...))
	if out.Err != nil {
		a.Error = out.Err.Error()
	}
	for _, b := range out.Batches {
		a.Places = append(a.Places, b.Places...)
		for i := range b.Rows {
			row := make([]string, len(b.Columns))
			for f := range b.Columns {
				if v := &b.Columns[f]; v.Null(i) {
					row[f] = "null"
				} else {
					row[f] = string(v.Value(i).Append(nil, ds.Fields[f].Type))
				}
			}
			a.Values = append(a.Values, row)
		}
	}
}

// same fails where reading by columns differs from reading one by one.
func same(t interface {
	Fatal(...any)
	Fatalf(string, ...any)
}, ds *datasets.Dataset, text string, options decode.Options, chunk int) checked {
	want := check(t, ds, text, options, chunk, func(p *part) decode.Part { return oneByOne{p} })
	got := check(t, ds, text, options, chunk, func(p *part) decode.Part { return p })
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%q (-one by one, +by columns):\n%s", text, diff)
	}
	return got
}

func parsed(t interface{ Fatal(...any) }, yaml string) *datasets.Dataset {
	ds, err := datasets.Parse("d.yaml", []byte(yaml), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

const lined = `
dataset: d
fields:
  n: {type: number}
  i: {type: integer, missing: ["-999", "none"]}
  s: {type: string, missing: ["?"]}
  e: {type: string, enum: [red, green]}
  t: {type: date-time}
  d: {type: date}
  b: {type: boolean}
  z: {type: date-time, timezone: Europe/Berlin}
  m: {type: number, decimal: ","}
`

func TestRowsReadByColumnsAreThoseReadOneByOne(t *testing.T) {
	values := map[string]*rapid.Generator[string]{
		"n": rapid.OneOf(rapid.StringMatching(`-?[0-9]{1,6}(\.[0-9]{1,5})?`), rapid.SampledFrom([]string{"", "NA", "1e5", " 2", "0.1234567890123456789", "123456789.123"})),
		"i": rapid.OneOf(rapid.StringMatching(`-?[0-9]{1,19}`), rapid.SampledFrom([]string{"", "5.0", "-999", "none", "null"})),
		"s": rapid.OneOf(rapid.StringMatching(`[a-zé ]{0,18}`), rapid.SampledFrom([]string{"a", "b", "?", "NA"})),
		"e": rapid.SampledFrom([]string{"red", "green", ""}),
		"t": rapid.OneOf(rapid.StringMatching(`20[01][0-9]-0[1-9]-[0-2][1-8]T[01][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{3})?Z`),
			rapid.SampledFrom([]string{"", "2019-12-31T23:59:59Z", "2019-12-31 23:59:59", "2020-02-29T00:00:00.5Z", "2019-12-31T23:59:59+01:00"})),
		"d": rapid.SampledFrom([]string{"2019-12-31", "", "2000-02-29"}),
		"b": rapid.SampledFrom([]string{"true", "F", "1", "no", ""}),
		"z": rapid.SampledFrom([]string{"2019-12-31T23:59:59Z", "2019-07-01 12:00:00", ""}),
		"m": rapid.SampledFrom([]string{"1,5", "2", ""}),
	}
	wrong := rapid.SampledFrom([]string{"x", "2019-02-30", "2019-02-30T00:00:00Z", "1.2.3", "\xff", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00T10:00:00Z", "a\rb", `"a;b"`, `5" x`, "1;2"})
	ds, skipping := parsed(t, lined+"csv: {delimiter: \";\"}\n"), decode.Options{MaxFaults: 3, Skip: true, KeepValues: true}
	valid := 0
	rapid.Check(t, func(t *rapid.T) {
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
		faulty := rapid.IntRange(0, 40).Draw(t, "one in so many is wrong")
		var b strings.Builder
		b.WriteString("n;i;s;e;t;d;b;z;m" + end)
		for range rapid.IntRange(0, 200).Draw(t, "rows") {
			for i := range ds.Fields {
				value := values[ds.Fields[i].Name].Draw(t, "value")
				if faulty > 0 && rapid.IntRange(0, 10*faulty).Draw(t, "wrong") == 0 {
					value = wrong.Draw(t, "value")
				}
				if i > 0 {
					b.WriteByte(';')
				}
				b.WriteString(value)
			}
			b.WriteString(end)
			if faulty > 0 && rapid.IntRange(0, 4*faulty).Draw(t, "blank") == 0 {
				b.WriteString("\n")
			}
		}
		text := b.String()
		text = text[:len(text)-rapid.IntRange(0, min(2, len(text)-18)).Draw(t, "cut off")]
		chunk := rapid.SampledFrom([]int{512, 4096, 1 << 20}).Draw(t, "chunk")
		options := decode.Options{MaxFaults: 3}
		if rapid.Bool().Draw(t, "skip") {
			options = skipping
		}
		valid += len(same(t, ds, text, options, chunk).Values)
	})
	if valid == 0 {
		t.Error("no row was valid")
	}
}

func TestKeysRequiredFieldsAndColumnsThatAreMissing(t *testing.T) {
	ds := parsed(t, "dataset: d\nfields:\n  k: {type: integer}\n  s: {type: string, required: true}\n  x: {type: number}\nkey: [k]\nmissing_columns: null\n")
	rows := strings.Repeat("1,a\n2,bb\n", 3000)
	for name, text := range map[string]string{"all": "k,s\n" + rows, "one without a value": "k,s\n" + rows + "3,\n" + rows, "one without a key": "k,s\n,x\n" + rows} {
		for _, keep := range []bool{false, true} {
			got := same(t, ds, text, decode.Options{MaxFaults: 3, Skip: true, KeepTexts: keep}, 1<<20)
			if want := int64(strings.Count(text, "\n") - 1); got.Rows != want || len(got.Places) != int(want-got.Wrong) {
				t.Errorf("%s: %d rows, %d wrong, %d places", name, got.Rows, got.Wrong, len(got.Places))
			}
		}
	}
}

func TestLongAndShortLines(t *testing.T) {
	one, two := parsed(t, "dataset: d\nfields: {s: {type: string}}\n"), parsed(t, "dataset: d\nfields: {s: {type: string}, n: {type: number}}\n")
	long := strings.Repeat("x", 3*windowBytes)
	for _, text := range []string{"s\na\n\nb\n", "s\r\na\r\n\r\nb", "s\n" + long + "\na\n" + long, "s\na\x1a\n", "s\r\na\r\nb\x1a\r\n", "s\na\n\x1a", "s\n" + strings.Repeat("\n", 2*maxMarks)} {
		same(t, one, text, decode.Options{MaxFaults: 3}, 1<<20)
	}
	for _, text := range []string{"s,n\na,1\n\n\nb,2\n", "s,n\n" + long + ",1\na,2\n", "s,n\n" + strings.Repeat(",\n", 3*maxMarks), "s,n\n" + strings.Repeat(",,,,,\n", maxMarks),
		"s,n\n" + strings.Repeat("a,1\n", 2*engine.BatchRows) + "b\n" + strings.Repeat("a,1\r\n", 9)} {
		same(t, two, text, decode.Options{MaxFaults: 3}, 1<<20)
	}
}

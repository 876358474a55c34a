package page

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/query"
)

// plants is a dataset with a field of each kind that the tests need. Its selector
// q"<b> and its title have what markup would misread.
func plants(t testing.TB) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse("plants.yaml", []byte(`
dataset: plants
title: Plants <b>&"we" found
data: plants.csv
fields:
  kind: {type: string, enum: [oak, "null"]}
  height: {type: number, unit: m}
  rings: {type: integer}
  alive: {type: boolean}
  seen: {type: date}
  at: {type: date-time, timezone: Europe/Berlin}
  note.text: {type: string}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func TestAStateKeepsWhatAURLSays(t *testing.T) {
	for _, c := range []struct {
		name, in, out string
		tidy          bool
	}{
		{"nothing", "", "", true},
		{"conditions and the page's own", "kind=oak&lower[height]=5&sort=-rings&chart[kind]=means", "kind=oak&lower[height]=5&sort=-rings&chart[kind]=means", true},
		{"what a form left empty", "kind=&lower[height]=&upper[height]=7&view[filter]=", "upper[height]=7", false},
		{"an empty text, in quotes", `kind=%22%22`, `kind=%22%22`, true},
		{"the same twice", "kind=oak&kind=oak", "kind=oak", false},
		{"escapes", "contains%5Bnote.text%5D=a%26b+c", "contains[note.text]=a%26b+c", true},
		{"a JSON query with a flat form", `query={"kind":["oak"],"lower":{"height":5}}`, "kind=oak&lower[height]=5", false},
		{"a JSON query of which a part has one", `query={"kind":["oak"],"any":[{"rings":1}],"sort":["-rings"],"group_by":[{"field":"seen","by":"month"}]}&alive=true`, `kind=oak&sort=-rings&query=%7B%22any%22:[%7B%22rings%22:1%7D]%7D&alive=true`, false},
		{"what is no JSON object", `query=[1]`, `query=[1]`, true},
		{"a JSON query without one", `query={"any":[{"kind":"oak"}]}`, `query=%7B%22any%22:[%7B%22kind%22:%22oak%22%7D]%7D`, true},
		{"the columns that are shown by default", "fields=kind&fields=height&fields=rings&fields=alive&fields=seen&fields=at&fields=note.text", "", false},
		{"other columns", "fields=kind", "fields=kind", true},
	} {
		s, tidy := parseState(plants(t), "/plants", c.in)
		if got := s.query(); got != c.out || tidy != c.tidy {
			t.Errorf("%s: %q, tidy %t; want %q, %t", c.name, got, tidy, c.out, c.tidy)
		}
	}
}

func TestChangesOfAStateLeaveItAsItIs(t *testing.T) {
	s, _ := parseState(plants(t), "/plants", "kind=oak&after=x&view[from]=25&sort=rings")
	for want, got := range map[string]*state{
		"kind=oak&sort=rings":                                 s.first(),
		"after=x&view[from]=25&sort=rings":                    s.toggle("kind", "oak"),
		"kind=oak&after=x&view[from]=25&sort=rings&kind=null": s.toggle("kind", "null"),
		"kind=oak&after=x&view[from]=25&sort=-rings":          s.with("sort", "-rings"),
		"kind=oak&after=x&view[from]=25":                      s.with("sort", ""),
	} {
		if got.query() != want {
			t.Errorf("got %s, want %s", got.query(), want)
		}
	}
	if got := s.link("/chart.svg"); got != "/plants/chart.svg?kind=oak&after=x&view[from]=25&sort=rings" {
		t.Errorf("the state became %s", got)
	}
}

func TestBodiesAskForWhatTheURLAsksFor(t *testing.T) {
	ds := plants(t)
	for flat, want := range map[string]string{
		"":                              `{}`,
		"kind=oak&kind=null&alive=True": `{"kind":["oak",null],"alive":[true]}`,
		`kind="null"`:                   `{"kind":["null"]}`,
		"lower[height]=5&below[seen]=2024-02-01&rings=3":      `{"lower":{"height":5},"below":{"seen":"2024-02-01"},"rings":[3]}`,
		"missing=height&present=rings&sort=-height&fields=at": `{"missing":["height"],"present":["rings"],"sort":["-height"],"fields":["at"]}`,
		"not[kind]=oak&not[lower][height]=3":                  `{"not":{"kind":["oak"],"lower":{"height":3}}}`,
		"contains[note.text]=a&contains[note.text]=b":         `{"contains":{"note.text":["a","b"]}}`,
	} {
		s, _ := parseState(ds, "", flat)
		got := bodyOf(ds, s.params)
		if got != want {
			t.Errorf("%s: %s, want %s", flat, got, want)
		}
		byBody, err := query.Parse(ds, datasets.Range, []byte(got))
		if err != nil {
			t.Errorf("%s: %v", got, err)
			continue
		}
		byURL, err := query.ParseFlat(ds, datasets.Range, s.query())
		if err != nil || byURL.String() != byBody.String() {
			t.Errorf("%s: %v: %s is not %s", flat, err, byURL, byBody)
		}
	}
}

func TestNestedConditionsAreJoinedWithWhatStandsBesideThem(t *testing.T) {
	ds := plants(t)
	for _, c := range []struct{ in, want string }{
		{`query={"any":[{"kind":"oak"},{"missing":["rings"]}],"sort":["rings"]}&alive=true&lower[height]=2`,
			`{"sort":["rings"],"alive":[true],"lower":{"height":2},"any":[{"kind":"oak"},{"missing":["rings"]}]}`},
		{`query={"not":{"any":[{"kind":"oak"},{"rings":3}]}}&not[kind]=elm`,
			`{"not":{"any":[{"kind":["elm"]},{"any":[{"kind":"oak"},{"rings":3}]}]}}`},
		{`query={"any":[]`, `{"any":[]`},
	} {
		s, _ := parseState(ds, "", c.in)
		if got := bodyOf(ds, s.params); got != c.want {
			t.Errorf("%s: %s, want %s", c.in, got, c.want)
		}
	}
	got := joined(ds, []param{{"query", `{"any":[{"kind":"oak"}]}`}, {"group_by", "kind"}, {"group_by", "seen:month"}, {"measures[height]", "mean"}, {"measures[height]", "count"}, {"per_page", "30"}})
	want := []param{{"query", `{"group_by":["kind","seen:month"],"measures":{"height":["mean","count"]},"any":[{"kind":"oak"}]}`}, {"per_page", "30"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestConditionsAreSaidInWords(t *testing.T) {
	ds := plants(t)
	for in, want := range map[string][]string{
		`query={"any":[{"kind":["oak","elm"],"lower":{"height":5}},{"missing":["rings"]}]}&alive=true`: {"(kind: oak, elm and height ≥ 5) or rings is missing", "alive: true"},
		`query={"not":{"any":[{"rings":[3,null]},{"contains":{"note.text":["a","b"]}}]}}`:              {"not (rings: 3, missing or (note › text contains “a” or note › text contains “b”))"},
		"not[kind]=oak&not[lower][height]=3":                                                           {"not (kind: oak and height ≥ 3)"},
		"not[kind]=oak":                                                                                {"not kind: oak"},
		`query={"any":[{}],"not":{"above":{"height":1},"upper":{"rings":2}}}`:                          {"every row", "not (height > 1 and rings ≤ 2)"},
	} {
		s, _ := parseState(ds, "/plants", in)
		b := &builder{asker: asker{state: s}, texts: english}
		var got []string
		for _, c := range b.chips() {
			got = append(got, c.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	// Each is removed by itself.
	s, _ := parseState(ds, "/plants", `query={"any":[{"kind":"oak"},{"rings":3}],"not":{"any":[{"kind":"elm"}]}}&alive=true`)
	b := &builder{asker: asker{state: s}, texts: english}
	for i, want := range []string{
		`/plants?alive=true&query=%7B%22not%22:%7B%22any%22:[%7B%22kind%22:%22elm%22%7D]%7D%7D`,
		`/plants?alive=true&query=%7B%22any%22:[%7B%22kind%22:%22oak%22%7D,%7B%22rings%22:3%7D]%7D`,
		`/plants?query=%7B%22any%22:[%7B%22kind%22:%22oak%22%7D,%7B%22rings%22:3%7D],%22not%22:%7B%22any%22:[%7B%22kind%22:%22elm%22%7D]%7D%7D`,
	} {
		if got := b.chips()[i].Remove; got != want {
			t.Errorf("without %d: %s, want %s", i, got, want)
		}
	}
}

func TestTicksAreRound(t *testing.T) {
	for _, c := range []struct {
		from, to float64
		n        int
		want     []float64
	}{
		{0, 1, 5, []float64{0, 0.2, 0.4, 0.6, 0.8, 1}},
		{0, 0.7, 7, []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7}},
		{-3, 17, 4, []float64{0, 5, 10, 15}},
		{326, 18823, 4, []float64{5000, 10000, 15000}},
		{4, 4, 5, []float64{4}},
	} {
		if got := ticks(c.from, c.to, c.n); !slices.Equal(got, c.want) {
			t.Errorf("%v to %v: %v, want %v", c.from, c.to, got, c.want)
		}
	}
}

func TestAges(t *testing.T) {
	s := &Site{texts: english}
	const day = 24 * time.Hour
	for since, want := range map[time.Duration]string{
		-time.Second: "0 min", 59 * time.Minute: "59 min", time.Hour: "1 h", 47 * time.Hour: "47 h", 48 * time.Hour: "2 days",
		59 * day: "59 days", 60 * day: "2 months", 729 * day: "24 months", 730 * day: "2 years", 3000 * day: "8 years",
	} {
		if got := s.age(since); got != want {
			t.Errorf("%v: %s, want %s", since, got, want)
		}
	}
}

func TestTheListSaysHowOldDatasetsAre(t *testing.T) {
	var list strings.Builder
	published := time.Now().Add(-50 * time.Hour).UTC()
	err := New(nil).Index(&list, Place{}, "", []Entry{
		{Name: "plants", Dataset: plants(t), Info: &engine.TableInfo{Rows: 3, Published: published}, Loaded: true},
		{Name: "plants", Dataset: plants(t), Info: &engine.TableInfo{Rows: 3}, Loaded: true}, // of a store that does not keep it
	})
	at := published.Format(time.RFC3339)
	if want := `<dt>Age</dt><dd><time datetime="` + at + `" title="` + at + `">2 days</time></dd>`; err != nil || strings.Count(list.String(), "<dt>Age</dt>") != 1 || !strings.Contains(list.String(), want) {
		t.Errorf("%v: not once %s in %s", err, want, list.String())
	}
}

func TestCorrelationsHaveTwoDecimals(t *testing.T) {
	for v, want := range map[float64]string{0: "0.00", -0.004: "0.00", 0.004: "0.00", -0.005001: "−0.01", 1: "1.00", -0.25: "−0.25"} {
		if got := twoDigits(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

func TestTicksDifferInWords(t *testing.T) {
	for _, c := range []struct{ values, want string }{
		{"0 5000 10000", "0 5000 10,000"},
		{"100000.2 100000.4 100000.6", "100,000.2 100,000.4 100,000.6"},
		{"1700000200 1700000400", "1,700,000,200 1,700,000,400"},
		{"9007199254741000 9007199254741200", "9,007,199,254,741,000 9,007,199,254,741,200"},
		{"-100000.4 -100000.2", "−100,000.4 −100,000.2"},
		{"7", "7"},
	} {
		var values []float64
		for text := range strings.FieldsSeq(c.values) {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, v)
		}
		if got := strings.Join(tickTexts(values), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.values, got, c.want)
		}
	}
}

func TestTicksAcrossStayApartAndWithin(t *testing.T) {
	d := newDrawing(200, 40)
	d.ticksAcross(scale{9007199254741000, 9007199254741300, 20, 190}, []float64{9007199254741000, 9007199254741100, 9007199254741200, 9007199254741300}, 30)
	drawn := d.b.String()
	if n := strings.Count(drawn, "<text"); n != 1 {
		t.Errorf("%d ticks of 147 pixels across 170: %s", n, drawn)
	}
	if !strings.Contains(drawn, `x="73.5"`) {
		t.Errorf("the first does not begin within the drawing: %s", drawn)
	}
}

func TestNumbersAreShort(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 5.006: "5.006", 5: "5", 0.24600000000000002: "0.246", 2007: "2007", 53940: "53,940", -1234567.8: "−1,234,568", 1e21: "1e+21", 0.00001: "1e-05", 99.96: "99.96",
	} {
		if got := short(v); got != want && !(v == 0.00001 && got == "1e−05") {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

// TestEveryTextIsThere looks for the keys in templates and in calls.
func TestEveryTextIsThere(t *testing.T) {
	for _, found := range regexp.MustCompile(`[{( ]t "([^"]+)"`).FindAllStringSubmatch(templateText, -1) {
		if _, ok := english[found[1]]; !ok {
			t.Errorf("a template shows %q, which is no text", found[1])
		}
	}
	for _, k := range kinds() {
		if _, ok := english["chart "+k.name]; !ok {
			t.Errorf("the chart %q has no name", k.name)
		}
	}
}

// TestEveryTextIsShown looks for each key where pages are written, as a whole or by the
// words that the rest of it follows.
func TestEveryTextIsShown(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	written := templateText
	for _, file := range files {
		if file == "texts.go" || strings.HasSuffix(file, "_test.go") {
			continue
		}
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		written += string(code)
	}
	for _, found := range regexp.MustCompile(`\bt(?:exts)?\.t\("([^"]+)"[,)]`).FindAllStringSubmatch(written, -1) {
		if _, ok := english[found[1]]; !ok {
			t.Errorf("a page shows %q, which is no text", found[1])
		}
	}
	begun := regexp.MustCompile(`"([a-z]+ )" ?\+`).FindAllStringSubmatch(written, -1)
	for key := range english {
		begins := func(found []string) bool { return strings.HasPrefix(key, found[1]) }
		if !strings.Contains(written, `"`+key+`"`) && !strings.Contains(written, `"#`+key+`"`) && !slices.ContainsFunc(begun, begins) {
			t.Errorf("no page shows %q", key)
		}
	}
}

func TestUnitsOfTimeBeginWhereCalendarsSay(t *testing.T) {
	for name, want := range map[string]string{
		"2024": "2024-01-01", "2024-Q4": "2024-10-01", "2024-10": "2024-10-01", "2024-10-27": "2024-10-27",
		"2024-W01": "2024-01-01", "2024-W43": "2024-10-21", "2020-W53": "2020-12-28", "2021-W01": "2021-01-04", "2023-W01": "2023-01-02",
	} {
		if got, ok := beginOf(name); !ok || got.Format("2006-01-02") != want {
			t.Errorf("%s begins on %s, %t; want %s", name, got, ok, want)
		}
	}
	if begin, ok := beginOf("2024-10-27T02:00:00+01:00"); !ok || begin.Unix() != 1729990800 {
		t.Errorf("the hour begins at %s, %t", begin, ok)
	}
	if _, ok := beginOf("missing"); ok {
		t.Error("what is no unit begins somewhere")
	}
}

// FuzzState reads URLs of strangers: what a state writes is read as the same state,
// and its body is JSON.
func FuzzState(f *testing.F) {
	for _, seed := range []string{"", "kind=oak&lower[height]=5", "kind=&kind=%22%22", "not[lower][height]=3", `query={"any":[{"kind":"oak"}]}`, "%zz=1", "a[b=c]&=&[", "chart[kind]=means"} {
		f.Add(seed)
	}
	ds := plants(f)
	f.Fuzz(func(t *testing.T, rawQuery string) {
		s, _ := parseState(ds, "/plants", rawQuery)
		again, _ := parseState(ds, "/plants", s.query())
		if again.query() != s.query() {
			t.Errorf("%q is read as %q, that as %q", rawQuery, s.query(), again.query())
		}
		for _, p := range s.conditions() {
			if p.name == "query" {
				return // a stranger's JSON stays as it is
			}
		}
		if body := bodyOf(ds, s.conditions()); !json.Valid([]byte(body)) {
			t.Errorf("%q has the body %s", rawQuery, body)
		}
	})
}

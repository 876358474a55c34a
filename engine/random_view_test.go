package engine_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
)

// TestAViewAnswersAsADatasetOfWhatItShows draws descriptors, rows, restrictions and
// queries. It asks a server of the view, and a server whose descriptor never had the
// hidden fields and whose table never had the hidden rows. All that they send has to be
// equal, byte for byte: answers, counts, faults with their suggestions, plans, schemas and
// documents. Versions and tokens alone differ.
func TestAViewAnswersAsADatasetOfWhatItShows(t *testing.T) {
	pairs := [][2]*served{
		{serveStore(t, columnar.NewStore(columnar.Options{})), serveStore(t, columnar.NewStore(columnar.Options{}))},
		{serveStore(t, openFiles(t)), serveStore(t, openFiles(t))},
	}
	oneText := false
	if os.Getenv("HERBARIUM_TEST_MONGODB") != "" {
		oneText = !findsPatternsByIndex(t)
		pairs = append(pairs, [2]*served{serveStore(t, openMongoDB(t)), serveStore(t, openMongoDB(t))})
	}
	rapid.Check(t, func(t *rapid.T) {
		made := drawDataset(t)
		made.oneText = oneText
		c := drawRestriction(t, made)
		if c == nil {
			return
		}
		pairs := [][2]*served{pairs[0], pairs[rapid.IntRange(1, len(pairs)-1).Draw(t, "kept in")]}
		for _, pair := range pairs {
			c.serve(t, pair)
		}
		// Documents and pages are much to make, and hardly depend on the store.
		pair := pairs[rapid.IntRange(0, len(pairs)-1).Draw(t, "store of documents")]
		for _, path := range []string{"/datasets/" + made.name, "/datasets", "/datasets/" + made.name + "/schema", "/openapi.json"} {
			c.same(t, pair, http.MethodGet, path, "", http.Header{})
		}
		if rapid.IntRange(0, 2).Draw(t, "pages?") == 0 && !onMongoDB(pair[0]) { // where pages show pipelines, which follow the sizes of values
			c.same(t, pair, http.MethodGet, "/", "", http.Header{"Accept": {"text/html"}})
			c.same(t, pair, http.MethodGet, "/"+made.name, "", http.Header{"Accept": {"text/html"}})
		}
		for range 5 {
			c.drawAndAsk(t, pairs)
		}
	})
}

// comparedView is a restriction that was drawn, with the dataset that it leaves.
type comparedView struct {
	all, shown *madeDataset
	ds         *datasets.Dataset // as declared
	reduced    *datasets.Dataset // as it would be declared without what is hidden
	view       *datasets.Dataset
	rows       *reference // all rows
	visible    [][]cell   // of those fields and rows that are shown
	// The versions of the base, of the view and of the reduced dataset.
	base, sealed, plain string
}

// drawRestriction draws rows, a restriction, and sometimes an operation of the
// descriptor's own. It returns nil where the draw makes no sense.
func drawRestriction(t *rapid.T, made *madeDataset) *comparedView {
	c := &comparedView{all: made, rows: &reference{made, drawRows(t, made)}}
	hidden := map[int]bool{}
	if len(made.fields) > 1 && rapid.IntRange(0, 3).Draw(t, "hide?") > 0 {
		for _, f := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(made.fields)-1), 1, len(made.fields)-1, rapid.ID).Draw(t, "hide") {
			hidden[f] = true
		}
	}
	condition := drawCondition(t, made, 0)
	if c.rows.crossed(condition) != nil {
		return nil
	}
	own := ""
	if rapid.IntRange(0, 2).Draw(t, "named?") == 0 {
		op := rapid.SampledFrom(made.operations).Draw(t, "operation")
		preset := drawQuery(t, made, op)
		if c.rows.crossed(preset.madeCondition) != nil {
			return nil
		}
		own = made.operation(t, op, preset)
		if rapid.Bool().Draw(t, "takes?") {
			own = own[:strings.LastIndex(own, `, "takes":`)] + "}"
		}
		own = strings.TrimSuffix(own, "\n") + "\n  range: {}\n  stats: {}\n  stats/distinct: {}\n"
	}
	c.shown = made.without(hidden)
	c.reduced = parseMade(t, c.shown, own)
	made.text += own
	c.ds = parseMade(t, made, "")
	if c.ds == nil {
		t.Fatalf("a descriptor is wrong:\n%s", made.text)
	}
	r := datasets.Restriction{Secret: []byte("a secret")}
	for f := range made.fields {
		if hidden[f] {
			r.Hide = append(r.Hide, made.fields[f].name)
		}
	}
	some := rapid.IntRange(0, 4).Draw(t, "some rows?")
	if some > 0 {
		r.Rows = []byte(condition.write(t, made))
	}
	r.None = some == 4 && rapid.IntRange(0, 2).Draw(t, "none?") == 0
	for _, row := range c.rows.rows {
		if r.None || some > 0 && !c.rows.picks(condition, row) {
			continue
		}
		var visible []cell
		for f := range row {
			if !hidden[f] {
				visible = append(visible, row[f])
			}
		}
		c.visible = append(c.visible, visible)
	}
	var err error
	if c.view, err = query.Restrict(c.ds, r); err != nil {
		t.Fatalf("%v\n%s", err, made.text)
	}
	return c
}

// parseMade parses a descriptor, with an operation of its own where that fits its
// fields.
func parseMade(t *rapid.T, made *madeDataset, own string) *datasets.Dataset {
	for _, text := range []string{made.text + own, made.text + "operations: {range: {}, stats: {}, stats/distinct: {}}\n"} {
		ds, err := datasets.Parse(made.name+".yaml", []byte(text), nil, datasets.WithSettler(query.Settle))
		if err == nil {
			made.text = text
			return ds
		}
		if own == "" {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	t.Fatalf("without its own operation the descriptor is still wrong:\n%s", made.text)
	return nil
}

// without returns the dataset as it is declared without the hidden fields.
func (d *madeDataset) without(hidden map[int]bool) *madeDataset {
	shown := &madeDataset{name: d.name, pageMax: d.pageMax, pageSize: d.pageSize, wide: d.wide, oneText: d.oneText}
	at := map[int]int{}
	for f := range d.fields {
		if !hidden[f] {
			at[f] = len(shown.fields)
			shown.fields = append(shown.fields, d.fields[f])
		}
	}
	rest := func(fields []int) (kept []int) {
		for _, f := range fields {
			if to, ok := at[f]; ok {
				kept = append(kept, to)
			}
		}
		return kept
	}
	shown.bounds, shown.stats, shown.statsGiven, shown.groupBy = rest(d.bounds), rest(d.stats), rest(d.statsGiven), rest(d.groupBy)
	entries := []string{}
	for _, s := range d.selectors {
		if to, ok := at[s.field]; ok {
			shown.selectors = append(shown.selectors, madeSelector{s.name, to})
			entries = append(entries, asJSON(s.name)+": "+asJSON(d.fields[s.field].name))
		}
	}
	lines := []string{"dataset: " + d.name, "data: none.csv", "fields:"}
	for f := range shown.fields {
		lines = append(lines, "  "+shown.fields[f].line())
	}
	for line := range strings.SplitSeq(d.text, "\n") {
		switch key, _, _ := strings.Cut(line, ":"); key {
		case "selectors":
			lines = append(lines, "selectors: {"+strings.Join(entries, ", ")+"}")
		case "bounds":
			lines = append(lines, "bounds: "+shown.list(shown.bounds))
		case "stats":
			var parts []string
			if strings.HasPrefix(line, "stats: {fields: ") {
				parts = append(parts, "fields: "+shown.list(shown.statsGiven))
			}
			if len(shown.groupBy) > 0 {
				parts = append(parts, "group_by: "+shown.list(shown.groupBy))
			}
			lines = append(lines, "stats: {"+strings.Join(parts, ", ")+"}")
		case "page":
			lines = append(lines, line)
		}
	}
	shown.text = strings.Join(lines, "\n") + "\n"
	shown.offer()
	return shown
}

// serve loads all rows behind the view, and those that are shown behind the reduced
// dataset.
func (c *comparedView) serve(t *rapid.T, pair [2]*served) {
	c.base = pair[0].load(t, c.ds, c.rows.rows)
	pair[0].registry.Swap(datasets.NewSnapshot(c.view))
	c.plain = pair[1].load(t, c.reduced, c.visible)
	c.sealed = query.SealVersion(c.view.View, c.base)
	if c.view.View.Sealed == (c.sealed == c.base) {
		t.Fatalf("the view calls the version %s of its base %s", c.base, c.sealed)
	}
}

// drawAndAsk draws a query, of what is shown or of all, and asks it in several ways.
func (c *comparedView) drawAndAsk(t *rapid.T, pairs [][2]*served) {
	of := c.shown
	if rapid.IntRange(0, 3).Draw(t, "of all") == 0 {
		of = c.all
	}
	op := rapid.SampledFrom(of.operations).Draw(t, "operation")
	q := drawQuery(t, of, op)
	path := "/" + c.all.name + "/" + op
	if rapid.IntRange(0, 5).Draw(t, "own?") == 0 {
		path = "/" + c.all.name + "/" + ofOwn
	}
	body := q.body
	if rapid.IntRange(0, 5).Draw(t, "wrong?") == 0 {
		body = "{"
		for i, f := range drawWrong(t, c.all) {
			if i > 0 {
				body += ","
			}
			if f.key != "" {
				f.value = "{" + asJSON(f.key) + ":" + f.value + "}"
			}
			body += asJSON(f.property) + ":" + f.value
		}
		body += "}"
	}
	for _, pair := range pairs {
		c.same(t, pair, http.MethodGet, path+"?"+q.flat, "", http.Header{}) // whose count comes where it costs nothing
		header := http.Header{"Prefer": {"count=exact"}, "Content-Type": {"application/json"}}
		c.same(t, pair, http.MethodPost, path, body, header)
		c.same(t, pair, http.MethodPost, path+"?explain=true", body, header)
		c.same(t, pair, http.MethodGet, path+"?"+q.flat, "", http.Header{"Prefer": {"count=exact"}})
		if op == "range" && path != "/"+c.all.name+"/"+ofOwn {
			c.sameWalk(t, pair, path, q, rapid.IntRange(1, 20).Draw(t, "page size"))
		}
	}
}

// sameWalk follows the tokens of both servers.
func (c *comparedView) sameWalk(t *rapid.T, pair [2]*served, path string, q *madeQuery, size int) {
	if c.all.pageMax > 0 {
		size = min(size, c.all.pageMax)
	}
	body := func(after string) string {
		members := []string{fmt.Sprintf(`"per_page":%d`, size)}
		if whole := strings.TrimSuffix(strings.TrimPrefix(q.whole, "{"), "}"); whole != "" {
			members = append(members, whole)
		}
		if after != "" {
			members = append(members, `"after":`+asJSON(after))
		}
		return "{" + strings.Join(members, ",") + "}"
	}
	header := http.Header{"Content-Type": {"application/json"}}
	var after [2]string
	for {
		var texts [2]string
		for i := range pair {
			status, answered, text := send(t, http.MethodPost, pair[i].url+path, body(after[i]), header)
			texts[i] = fmt.Sprint(status, string(text))
			after[i] = answered.Get("X-Next-After")
		}
		if texts[0] != texts[1] || (after[0] == "") != (after[1] == "") {
			t.Fatalf("%s: %s\n got %s, then %q\nwant %s, then %q\nof\n%s", path, body(after[0]), texts[0], after[0], texts[1], after[1], c.all.text)
		}
		if after[0] == "" {
			return
		}
	}
}

// same asks both servers the same, and compares all that they send.
func (c *comparedView) same(t *rapid.T, pair [2]*served, method, target, body string, header http.Header) {
	got, want := c.sent(t, pair[0], method, target, body, header), c.sent(t, pair[1], method, target, body, header)
	if got != want {
		t.Fatalf("%s: %s %s %s (-want +got)\n%s\nof\n%s\nshown as\n%s", pair[0].store.Describe(), method, target, body,
			cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")), c.all.text, c.shown.text)
	}
}

// ownOfServer matches what differs between any two servers.
var (
	ownOfServer = regexp.MustCompile(`"published":"[^"]*"|datetime="[^"]*"( title="[^"]*")?>[^<]*|after=[A-Za-z0-9_-]*|http://127\.0\.0\.1:[0-9]+`)
	unasked     = regexp.MustCompile(`, <[^>]*>; rel="last"`)
	unversioned = regexp.MustCompile(`[a-z2-7]{26}`)
)

// sent is what a server sends, without what no two servers have alike.
func (c *comparedView) sent(t *rapid.T, s *served, method, target, body string, header http.Header) string {
	status, answered, text := send(t, method, s.url+target, body, header.Clone())
	all := fmt.Sprintln(status, answered) + string(text)
	if s.registry.Current() != nil && c.view.View.Sealed && c.base != c.plain {
		if ds, _ := s.registry.Current().Dataset(c.all.name); ds == c.view && strings.Contains(all, c.base) {
			t.Fatalf("%s %s shows the base's version: %s", method, target, all)
		}
	}
	if strings.Contains(target, "explain=") && status == http.StatusOK {
		text = c.explanation(t, s, text)
	}
	links, total := ownOfServer.ReplaceAllString(answered.Get("Link"), ""), answered.Get("X-Total-Count")
	if strings.Contains(target+body, "sort") && header.Get("Prefer") == "" {
		// Whether a dataset knows the total of a sorted page depends on what was asked before.
		links, total = unasked.ReplaceAllString(links, ""), ""
	}
	if len(links) > 1<<10 {
		links = "" // which of them fit depends on how long tokens are
	}
	kept := fmt.Sprintln(status, answered.Get("Content-Type"), total, links,
		answered.Get("X-Next-After") != "", answered.Get("ETag") != "", answered.Get("Cache-Control"), answered.Get("Vary"))
	all = ownOfServer.ReplaceAllString(kept+string(text), "")
	return unversioned.ReplaceAllStringFunc(all, func(word string) string {
		if word == c.sealed || word == c.plain {
			return "VERSION"
		}
		return word
	})
}

// explanation is what does not depend on the place of a table, and on MongoDB not on the
// sizes of values.
func (c *comparedView) explanation(t *rapid.T, s *served, text []byte) []byte {
	var x map[string]json.RawMessage
	if err := json.Unmarshal(text, &x); err != nil {
		t.Fatal(err)
	}
	delete(x, "place")
	delete(x, "store")
	if onMongoDB(s) && strings.Contains(string(x["plan"]), "  measures ") {
		delete(x, "pipeline")
		delete(x, "further")
	}
	return []byte(asJSON(x))
}

func onMongoDB(s *served) bool { return strings.HasPrefix(s.store.Describe(), "mongodb:") }

package api

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/loaders"
)

// texts is a dataset of texts, of which one is empty and one is missing.
var texts = map[string]string{
	"texts.yaml": "dataset: texts\ndata: texts.ndjson\nfields:\n  word: {type: string}\n  size: {type: number}\n",
	"texts.ndjson": `{"word": "red apple", "size": 1}
{"word": "red pear", "size": 2}
{"word": "green pear", "size": 3}
{"word": "", "size": 4}
{"size": 5}
`,
}

// TestWhatWasAskedForStaysUntilItIsHere holds the server's answers back and clicks on what is
// still there of the page before.
func TestWhatWasAskedForStaysUntilItIsHere(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	for _, c := range []struct{ name, open, first, second, want string }{
		{"a filter, an order", "", `[value=Adelie]`, `[data-focus="sort-body_mass_g"]`, "?species=Adelie&sort=body_mass_g"},
		{"a filter, the next page", "", `[value=Adelie]`, `[data-focus=next]`, "?species=Adelie"},
		{"a filter, a kind of chart", "", `[value=Adelie]`, `[data-focus="kind-Distribution"]`, "?species=Adelie&chart[kind]=distribution"},
		{"a filter, a bound that is left out", "?lower[bill_length_mm]=40", `[value=Adelie]`, `.presets a`, "?species=Adelie&above[bill_length_mm]=40"},
		{"a filter, another that is removed", "?sex=MALE", `[value=Adelie]`, `.chips a`, "?species=Adelie"},
		{"a filter, all of them removed", "?sex=MALE", `[value=Adelie]`, `.clear`, ""},
		{"a filter that is removed, another", "?species=Adelie", `.chips a`, `[value=Dream]`, "?island=Dream"},
		{"the next page, a kind of chart", "?page=2", `[data-focus=prev]`, `[data-focus="kind-Distribution"]`, "?chart[kind]=distribution"},
		{"an order, a filter", "", `[data-focus="sort-body_mass_g"]`, `[value=Adelie]`, "?sort=body_mass_g&species=Adelie"},
		{"a filter and no longer", "", `[value=Adelie]`, `[value=Adelie]`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v.t = t
			v.open("/penguins" + c.open)
			v.until(`document.documentElement.classList.contains("js")`)
			v.settled()
			must(v.ctx, t, chromedp.Evaluate[bool](`(() => {
				const ask = window.fetch, held = new Promise(resolve => { window.release = resolve; });
				window.fetch = async (...asked) => { await held; return ask(...asked); };
				return true;
			})()`))
			v.click(c.first)
			v.click(c.second)
			must(v.ctx, t, chromedp.Evaluate[bool](`window.release(), true`))
			v.settled()
			if want := "/penguins" + c.want; v.at() != want {
				t.Errorf("the page is %s, want %s", v.at(), want)
			}
		})
	}
}

// TestTheFocusStaysOnWhatAKeyFollowed follows links of filters with Enter.
func TestTheFocusStaysOnWhatAKeyFollowed(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, "", rides))
	for _, c := range []struct{ name, open, selector, within, text string }{
		{"a bound that is left out", "/rides?lower[fare]=8", `#facet-fare .presets a`, "#facet-fare", "include 8 itself"},
		{"a period", "/rides", `#facet-begun .presets a`, "#facet-begun", "2025-01"},
		{"a filter that is removed", "/rides?lower[fare]=8", `.chips a`, "#explore", "4 rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v.t = t
			v.open(c.open)
			v.until(`document.documentElement.classList.contains("js")`)
			v.settled()
			v.until(`document.querySelector(` + quoted(c.selector) + `)`)
			before := v.at()
			must(v.ctx, t, chromedp.Evaluate[bool](`document.querySelector(`+quoted(c.selector)+`).focus(), true`))
			must(v.ctx, t, chromedp.KeyEvent(kb.Enter))
			v.until(`decodeURIComponent(location.pathname + location.search) !== ` + quoted(before))
			v.settled()
			v.until(`document.activeElement.closest(` + quoted(c.within) + `) && document.activeElement.textContent.includes(` + quoted(c.text) + `)`)
		})
	}
}

// TestKeysMoveThroughTheListOfFiltersToAdd checks that only Enter, or leaving the list, adds
// the filter to which the arrows have moved.
func TestKeysMoveThroughTheListOfFiltersToAdd(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, "", wideFiles(30)))
	v.open("/wide")
	v.until(`document.documentElement.classList.contains("js")`)
	v.settled()
	const list = `document.querySelector('select[name="view[filter]"]')`
	must(v.ctx, t, chromedp.Evaluate[bool](list+`.focus(), true`))
	for _, want := range []string{"c012", "c013", "c014"} {
		must(v.ctx, t, chromedp.KeyEvent(kb.ArrowDown))
		v.until(list + `.value === ` + quoted(want))
	}
	if v.at() != "/wide" {
		t.Errorf("the arrows led to %s", v.at())
	}
	must(v.ctx, t, chromedp.KeyEvent(kb.Enter))
	v.until(`document.querySelector("#facet-c014")`)
	v.settled()
	v.until(`document.activeElement === ` + list)
	must(v.ctx, t, chromedp.KeyEvent(kb.ArrowDown))
	must(v.ctx, t, chromedp.KeyEvent(kb.Tab))
	v.until(`document.querySelector("#facet-c012")`)
	if want := "/wide?view[filter]=c014&view[filter]=c012"; v.at() != want {
		t.Errorf("the page is %s, want %s", v.at(), want)
	}
}

// TestAFilterLeavesOtherConditionsAlone changes one filter of a page whose URL says what no
// other filter of the form shows as one value.
func TestAFilterLeavesOtherConditionsAlone(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, "", texts))
	for _, before := range []string{"contains[word]=red&contains[word]=green", "missing=word", "word=red+apple&word=\"\""} {
		v.open("/texts?" + before)
		v.until(`document.documentElement.classList.contains("js")`)
		v.settled()
		rows := v.text("#rows-title")
		v.click(`[name=present][value=size]`)
		v.until(`location.search.includes("present")`)
		v.settled()
		if got := v.text("#rows-title"); got != rows {
			t.Errorf("%s: %s, then %s: %s", before, rows, v.at(), got)
		}
	}
	// Each of several texts can be changed.
	v.open("/texts?contains[word]=red&contains[word]=green")
	v.until(`document.documentElement.classList.contains("js")`)
	v.settled()
	must(v.ctx, t, chromedp.Evaluate[bool](`document.querySelectorAll('#filters [name="contains[word]"]')[1].focus(), true`))
	must(v.ctx, t, chromedp.KeyEvent(kb.End+"x"))
	v.until(`document.querySelector("#rows-title").textContent === "2 of 5 rows"`)
	v.settled()
	if want := "/texts?contains[word]=red&contains[word]=greenx"; v.at() != want {
		t.Errorf("the page is %s, want %s", v.at(), want)
	}
	v.until(`[...document.querySelectorAll('#filters [name="contains[word]"]')].map(input => input.value).join() === "red,greenx" && document.activeElement.value === "greenx"`)
}

// TestCodeIsCopiedWithoutAClipboard is about pages that come without TLS from another machine,
// to which browsers give none.
func TestCodeIsCopiedWithoutAClipboard(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	v.open("/penguins")
	v.until(`document.documentElement.classList.contains("js")`)
	must(v.ctx, t, chromedp.Evaluate[bool](`(() => {
		Object.defineProperty(navigator, "clipboard", {value: undefined});
		document.addEventListener("copy", () => { window.copied = getSelection().toString(); });
		return true;
	})()`))
	v.click("#snippet-pandas summary")
	v.click("#snippet-pandas .copy")
	v.until(`window.copied === document.querySelector("#snippet-pandas code").textContent`)
	v.until(`document.querySelector("#snippet-pandas .copy").textContent === "Copied"`)
}

func TestALinkToASectionAsksForNothing(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	v.open("/penguins")
	v.until(`document.documentElement.classList.contains("js")`)
	v.settled()
	v.click(`.sections a[href="#fields"]`)
	v.until(`location.hash === "#fields"`)
	v.click(`.sections a[href="#chart"]`)
	v.until(`location.hash === "#chart"`)
	must(v.ctx, t, chromedp.NavigateBack())
	v.until(`location.hash === "#fields"`)
	if n := must(v.ctx, t, chromedp.Evaluate[int](`performance.getEntriesByType("resource").filter(e => e.name.includes("/explore")).length`)); n > 0 {
		t.Errorf("the page asked for parts %d times", n)
	}
	// What was changed meanwhile comes back as ever.
	v.click(`[value=Adelie]`)
	v.until(`document.querySelector("#rows-title").textContent === "152 of 344 rows"`)
	v.settled()
	must(v.ctx, t, chromedp.NavigateBack())
	v.until(`document.querySelector("#rows-title").textContent === "344 rows" && location.hash === "#fields"`)
}

func TestPaperHasNoHeadOfWhatIsNotOnIt(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	v.open("/penguins")
	v.until(`document.readyState === "complete"`)
	must(v.ctx, t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return err
	}))
	v.until(`document.querySelector(".citation").offsetParent && !document.querySelector(".downloads").parentElement.offsetParent`)
}

// TestAVersionThatIsPublishedMeanwhileIsTold replaces the rows under pages that are open.
func TestAVersionThatIsPublishedMeanwhileIsTold(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("days.yaml", "dataset: days\ndata: days.csv\nfields:\n  n: {type: integer}\n")
	write("days.csv", "n\n"+strings.Repeat("1\n", 60))
	snapshot, err := datasets.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	ds, _ := snapshot.Dataset("days")
	store := columnar.NewStore(columnar.Options{Keep: time.Hour})
	load := func() {
		t.Helper()
		if _, err := loaders.Load(t.Context(), store, ds, nil, loaders.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	load()
	v := newVisitor(t, serverOf(t, store, Options{}, snapshot, engine.Options{}))
	v.open("/days")
	v.until(`document.documentElement.classList.contains("js")`)
	v.settled()
	write("days.csv", "n\n"+strings.Repeat("2\n", 50))
	load()
	// Its pages go on as they were.
	v.click(`[data-focus=next]`)
	v.until(`document.querySelector(".pager span").textContent === "Rows 26 to 50" && document.querySelector("#older")`)
	if got := v.text("#rows-title"); got != "60 rows" || v.text("#other") != "" {
		t.Errorf("the pages of the older version have %s; %s", got, v.text("#other"))
	}
	v.settled()
	v.click(`#older a`)
	v.until(`document.querySelector("#rows-title").textContent === "50 rows" && document.querySelector("#other")`)
	v.settled()
	v.click(`#other button`)
	v.until(`document.querySelector(".facts").textContent.includes("50") && !document.querySelector("#other, #older")`)
	v.settled()
	v.click(`[data-focus="sort-n"]`)
	v.until(`location.search === "?sort=n" && document.querySelector("[aria-sort=ascending]") && !document.querySelector("#other, #older")`)
}

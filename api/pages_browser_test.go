package api

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// visitor is a person who looks at a page in a browser.
type visitor struct {
	ctx  context.Context
	t    *testing.T
	site string
}

func newVisitor(t *testing.T, s *Server) visitor {
	t.Helper()
	r := serve(t, s)
	v := visitor{browser(t), t, "http://" + r.addr}
	v.screen(1400, 1000, "light")
	return v
}

// screen sets the size of the screen and the colours that the person prefers.
func (v visitor) screen(width, height int64, scheme string) {
	v.t.Helper()
	must(v.ctx, v.t, chromedp.EmulateViewport(width, height))
	must(v.ctx, v.t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	}))
}

// scripts switches scripts on or off.
func (v visitor) scripts(on bool) {
	v.t.Helper()
	must(v.ctx, v.t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	}))
}

func (v visitor) open(path string) {
	v.t.Helper()
	must(v.ctx, v.t, chromedp.Navigate(v.site+path))
}

// until waits until the expression is true.
func (v visitor) until(expression string) {
	v.t.Helper()
	for range 200 {
		if ok, err := chromedp.Run(v.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")")); err == nil && ok {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	v.t.Fatalf("never: %s; the page is %s", expression, v.at())
}

// click clicks into the middle of what the selector finds, as a mouse does.
func (v visitor) click(selector string) {
	v.t.Helper()
	x, y := v.middle(selector)
	must(v.ctx, v.t, chromedp.MouseClickXY(x, y))
}

// middle scrolls to what the selector finds and returns where its middle is.
func (v visitor) middle(selector string) (x, y float64) {
	v.t.Helper()
	find := fmt.Sprintf("document.querySelector(%q)", selector)
	v.until(`document.readyState === "complete" && ` + find) // nothing moves any more
	at := must(v.ctx, v.t, chromedp.Evaluate[[]float64](`(e => { e.scrollIntoView({block: "center", behavior: "instant"}); const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })(`+find+`)`))
	return at[0], at[1]
}

// settled waits until what was asked for is there.
func (v visitor) settled() {
	v.t.Helper()
	v.until(`!document.querySelector("[aria-busy=true]")`)
}

func (v visitor) text(selector string) string {
	v.t.Helper()
	return must(v.ctx, v.t, chromedp.Evaluate[string](fmt.Sprintf("document.querySelector(%q)?.textContent ?? ''", selector)))
}

// at is the path and the query of the page, as people read them.
func (v visitor) at() string {
	v.t.Helper()
	address := must(v.ctx, v.t, chromedp.Location())
	plain, err := url.QueryUnescape(strings.TrimPrefix(address, v.site))
	if err != nil {
		v.t.Fatal(err)
	}
	return plain
}

// TestTheMeanPriceByCutOfLargeStones is what a first-time visitor might want to
// know of diamonds: the mean price by cut above one carat, and a link to it.
func TestTheMeanPriceByCutOfLargeStones(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{BasePath: "/data"}, ""))
	v.open("/data/")
	v.click(`a[href="/data/diamonds"]`)
	v.until(`document.documentElement.classList.contains("js")`)
	must(v.ctx, t, chromedp.SendKeys(`[name="lower[carat]"]`, "1.01"))
	v.until(`document.querySelector("#rows-title")?.textContent === "17,502 of 53,940 rows"`)
	// The focus stays on what is typed.
	v.until(`document.activeElement.name === "lower[carat]" && document.activeElement.value === "1.01"`)
	// So does leaving out the bound itself, of a round number.
	v.settled()
	must(v.ctx, t, chromedp.KeyEvent("\b\b\b"))
	v.until(`document.querySelector("#rows-title")?.textContent === "19,060 of 53,940 rows"`)
	v.settled()
	v.click(`#facet-carat .presets a`)
	v.until(`document.querySelector("#rows-title")?.textContent === "17,502 of 53,940 rows" && document.querySelector('[name="above[carat]"]')`)
	v.settled()
	// Nothing else is to be chosen: the price is the first of what the descriptor has
	// statistics of.
	v.until(`document.querySelector("#chart h3")?.textContent === "Mean Price by Quality of the cut"`)
	if want := "/data/diamonds?above[carat]=1"; v.at() != want {
		t.Errorf("the link is %s, want %s", v.at(), want)
	}
	// What the chart says is what the API answers.
	answer, err := http.Get(v.site + "/data/diamonds/stats/mean?lower%5Bcarat%5D=1.01&fields=price&group_by=cut")
	if err != nil {
		t.Fatal(err)
	}
	var means []struct {
		Mean json.Number `json:"mean_price"`
		Cut  string
	}
	if err := json.Unmarshal([]byte(bodyOf(t, answer)), &means); err != nil || len(means) != 5 {
		t.Fatal(err, means)
	}
	shown := must(v.ctx, t, chromedp.Evaluate[[]string](`[...document.querySelectorAll("#numbers tbody tr")].map(row => row.cells[0].textContent + " " + row.cells[1].title)`))
	for _, m := range means {
		if !slices.Contains(shown, m.Cut+" "+m.Mean.String()) {
			t.Errorf("the chart has %v, the API %s %s", shown, m.Cut, m.Mean)
		}
	}
	// From worst to best, as the descriptor lists them.
	for i, cut := range []string{"Fair", "Good", "Very Good", "Premium", "Ideal"} {
		if i >= len(shown) || !strings.HasPrefix(shown[i], cut+" ") {
			t.Errorf("the chart has %v, where %s should be number %d", shown, cut, i)
		}
	}
	if sentence := v.text("#chart .sentence"); !strings.HasPrefix(sentence, "Mean Price by Quality of the cut: Fair 7178\u00a0USD, of 651 values; Good ") {
		t.Errorf("the chart reads %q", sentence)
	}
	// To a screen reader, the chart is an image with that sentence.
	tree := must(v.ctx, t, chromedp.Action[accessibility.GetFullAXTreeResult](func(ctx context.Context, target *chromedp.Target) (accessibility.GetFullAXTreeResult, error) {
		return cdp.Call(ctx, target, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	}))
	var images []string
	for _, n := range tree.Nodes {
		if !n.Ignored && n.Role != nil && n.Name != nil && (string(n.Role.Value) == `"image"` || string(n.Role.Value) == `"img"`) {
			images = append(images, string(n.Name.Value))
		}
	}
	const read = `"Mean Price by Quality of the cut: Fair 7178\u00a0USD, of 651 values; Good 7754\u00a0USD, of 1579 values; ` +
		`Very Good 8341\u00a0USD, of 3881 values; Premium 8487\u00a0USD, of 5729 values; Ideal 8674\u00a0USD, of 5662 values."`
	if !slices.Contains(images, read) {
		t.Errorf("the images read %s, want %s", images, read)
	}
	if status := v.text("#status"); status != "Updated: 17,502 of 53,940 rows" {
		t.Errorf("the status is %q", status)
	}
	// The link of another chart shows the same, and so do the ways back and forth.
	must(v.ctx, t, chromedp.SetValue(`[name="chart[of]"]`, "depth"))
	must(v.ctx, t, chromedp.Evaluate[bool](`document.querySelector('[name="chart[of]"]').dispatchEvent(new Event("change", {bubbles: true}))`))
	v.until(`document.querySelector("#chart h3")?.textContent === "Mean Total depth by Quality of the cut"`)
	if want := "/data/diamonds?above[carat]=1&chart[of]=depth&chart[by]=cut"; v.at() != want {
		t.Errorf("the link is %s, want %s", v.at(), want)
	}
	link := must(v.ctx, t, chromedp.Location())
	must(v.ctx, t, chromedp.NavigateBack())
	v.until(`document.querySelector("#chart h3")?.textContent === "Mean Price by Quality of the cut"`)
	must(v.ctx, t, chromedp.Navigate(link))
	v.until(`document.querySelector("#chart h3")?.textContent === "Mean Total depth by Quality of the cut"`)
	must(v.ctx, t, chromedp.Reload())
	v.until(`document.querySelector("#rows-title")?.textContent === "17,502 of 53,940 rows"`)
	asked := must(v.ctx, t, chromedp.Evaluate[[]string](`performance.getEntriesByType("resource").map(entry => entry.name)`))
	for _, address := range asked {
		if !strings.HasPrefix(address, v.site+"/data/") && !strings.HasPrefix(address, "data:") {
			t.Errorf("the page asked for %s", address)
		}
	}
}

func TestRowsAreSortedPagedAndFilteredInPlace(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	v.open("/penguins")
	v.until(`document.documentElement.classList.contains("js")`)
	must(v.ctx, t, chromedp.Evaluate[string](`window.mark = "the same document"`))
	v.click(`[data-focus="sort-body_mass_g"]`)
	v.until(`document.querySelector("[aria-sort=ascending]")`)
	v.until(`document.activeElement.dataset.focus === "sort-body_mass_g"`)
	v.settled()
	v.click(`[data-focus="sort-body_mass_g"]`)
	v.until(`document.querySelector("[aria-sort=descending]") && document.querySelector("tbody td:nth-child(6)").textContent === "6300"`)
	v.settled()
	v.click(`[data-focus="next"]`)
	v.until(`document.querySelector(".pager span").textContent === "Rows 26 to 50"`)
	v.settled()
	v.click(`[data-focus="next"]`)
	v.until(`document.querySelector(".pager span").textContent === "Rows 51 to 75"`)
	v.settled()
	v.click(`[data-focus="prev"]`)
	v.until(`document.querySelector(".pager span").textContent === "Rows 26 to 50" && location.search.includes("page=2")`)
	v.settled()
	// A filter leads to the first page.
	v.click(`[name="island"][value="Dream"]`)
	v.until(`document.querySelector("#rows-title")?.textContent === "124 of 344 rows"`)
	v.until(`document.querySelector(".pager span").textContent === "Rows 1 to 25" && document.activeElement.value === "Dream"`)
	v.settled()
	v.click(`.chips a`)
	v.until(`document.querySelector("#rows-title")?.textContent === "344 rows"`)
	if mark := must(v.ctx, t, chromedp.Evaluate[string](`window.mark ?? ""`)); mark != "the same document" {
		t.Error("the page was loaded anew")
	}
	v.settled()
	v.click("#chooser summary")
	v.click(`#chooser [value="species"]`)
	v.click(`#chooser button`)
	v.until(`document.querySelectorAll(".data thead th").length > 0 && document.querySelector("#rows thead th").textContent.startsWith("Island")`)
}

// TestCountsComeAfterTheFrameWithTableAndChart looks at what the page asked for: table and
// chart in one request, and all else only once both had been in a frame.
func TestCountsComeAfterTheFrameWithTableAndChart(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	v.open("/penguins")
	v.until(`document.documentElement.classList.contains("js")`)
	must(v.ctx, t, chromedp.Evaluate[bool](`(() => {
		const rows = document.querySelector("#rows"), chart = document.querySelector("#chart");
		const look = now => rows.isConnected || chart.isConnected ? requestAnimationFrame(look) : window.framed = performance.now();
		requestAnimationFrame(look);
		return true;
	})()`))
	v.click(`[name="island"][value="Dream"]`)
	v.until(`window.framed`)
	v.settled()
	asked := must(v.ctx, t, chromedp.Evaluate[[]string](`performance.getEntriesByType("resource").filter(e => e.name.includes("/explore")).map(e =>
		new URL(e.name).searchParams.getAll("view[part]").join("+") + (e.startTime < window.framed ? " before" : " after"))`))
	slices.Sort(asked)
	if want := []string{"filters after", "rows+chart before", "take after"}; !slices.Equal(asked, want) {
		t.Errorf("the page asked for %v, want %v", asked, want)
	}
	if left := must(v.ctx, t, chromedp.Evaluate[bool](`document.querySelector(".slow") !== null`)); left {
		t.Error("the page looks as if it waits")
	}
}

// TestAPressedButtonAsksForWhatTheClickShows holds the button of the mouse down: the server
// is asked, and nothing is shown before the button is up again over the same place.
func TestAPressedButtonAsksForWhatTheClickShows(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	for _, c := range []struct{ name, selector, shows string }{
		{"a box", `[name="island"][value="Dream"]`, "island=Dream"},
		{"a link", `[data-focus="sort-body_mass_g"]`, "sort=body_mass_g"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v.t = t
			v.open("/penguins")
			v.until(`document.documentElement.classList.contains("js")`)
			asked := fmt.Sprintf(`performance.getEntriesByType("resource").filter(e => e.name.includes("/explore") && e.name.includes("part%%5D=rows") && e.name.includes(%q))`, c.shows)
			x, y := v.middle(c.selector)
			button := func(typ input.DispatchMouseEventType, x, y float64) {
				t.Helper()
				must(v.ctx, t, chromedp.MouseEvent(typ, x, y, func(p *input.DispatchMouseEventParams) { p.Button, p.ClickCount = input.MouseButtonLeft, 1 }))
			}
			unchanged := func() {
				t.Helper()
				if at, title := v.at(), v.text("#rows-title"); at != "/penguins" || title != "344 rows" {
					t.Errorf("%s says %q", at, title)
				}
			}
			button(chromedp.MousePressed, x, y)
			v.until(asked + `.length === 1`)
			unchanged()
			button(chromedp.MouseReleased, 1, 1)
			unchanged()
			if checked := must(v.ctx, t, chromedp.Evaluate[bool](`document.querySelector("#filters :checked") !== null`)); checked {
				t.Error("a box is checked")
			}
			must(v.ctx, t, chromedp.Evaluate[bool](`performance.clearResourceTimings(), true`))
			x, y = v.middle(c.selector)
			button(chromedp.MousePressed, x, y)
			v.until(asked + `.length === 1`)
			button(chromedp.MouseReleased, x, y)
			v.until(fmt.Sprintf("location.search.includes(%q)", c.shows))
			v.settled()
			if n := must(v.ctx, t, chromedp.Evaluate[int](asked+`.length`)); n != 1 {
				t.Errorf("the page asked %d times for the same rows", n)
			}
		})
	}
}

// Counts by awk.
func TestTheBackButtonUndoesWhatWasTyped(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, "", rides))
	v.open("/rides")
	v.until(`document.documentElement.classList.contains("js")`)
	v.settled()
	all := v.text("#rows-title")
	must(v.ctx, t, chromedp.SendKeys(`#facet-fare .pair [name="lower[fare]"]`, "8"))
	v.until(`document.querySelector("#rows-title").textContent !== ` + quoted(all))
	v.settled()
	// The handle goes where the number says.
	v.until(`document.querySelector("#facet-fare [type=range]").value === "8"`)
	must(v.ctx, t, chromedp.NavigateBack())
	v.until(`document.querySelector("#rows-title").textContent === ` + quoted(all))
	v.settled()
	v.until(`document.querySelector('#facet-fare .pair input').value === "" && document.querySelector("#facet-fare [type=range]").value === document.querySelector("#facet-fare [type=range]").min`)
	if v.at() != "/rides" {
		t.Errorf("the page is %s", v.at())
	}
	if name := must(v.ctx, t, chromedp.Evaluate[string](`document.activeElement.name`)); name != "lower[fare]" {
		t.Errorf("the focus is on %q", name)
	}
}

func TestFiltersOfDatesHavePeriodsOnceTheyAreOpened(t *testing.T) {
	s := pagesServer(t, Options{}, "", dated)
	// Without scripts, a link leads to them.
	page, _ := look(t, s, "/dated")
	if strings.Contains(page, "Periods") || !strings.Contains(page, `href="/dated?view[filter]=last" data-field="last">Show periods</a>`) {
		t.Error("a filter that is closed has its periods, or no link to them")
	}
	page, _ = look(t, s, "/dated?view[filter]=last")
	if !strings.Contains(page, ">2024-02</a>") || strings.Contains(page, "Show periods") {
		t.Error("an open filter has no periods")
	}
	v := newVisitor(t, s)
	v.open("/dated?fields=last")
	v.until(`document.documentElement.classList.contains("js")`)
	v.settled()
	v.click("#facet-last summary")
	v.until(`document.querySelectorAll("#facet-last .presets a:not(.ask)").length === 2`)
	if v.at() != "/dated?fields=last&view[filter]=last" {
		t.Errorf("the page is %s", v.at())
	}
	v.click("#facet-last .presets a")
	v.until(`document.querySelector("#rows-title").textContent === "1 of 2 rows"`)
}

// dated is a dataset whose fifth filter, which is closed at first, is of dates.
var dated = map[string]string{
	"dated.yaml": "dataset: dated\ndata: dated.csv\nfields:\n  a: {type: number}\n  b: {type: number}\n  c: {type: number}\n  d: {type: number}\n  last: {type: date}\n",
	"dated.csv":  "a,b,c,d,last\n1,2,3,4,2024-01-31\n5,6,7,8,2024-02-01\n",
}

func TestAServerThatCannotBeReachedLeavesThePage(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	v.open("/diamonds")
	v.until(`document.documentElement.classList.contains("js")`)
	v.settled()
	must(v.ctx, t, chromedp.Evaluate[bool](`(() => { window.asked = fetch; window.fetch = () => Promise.reject(new TypeError("no network")); return true; })()`))
	v.click(`[name=cut][value=Fair]`)
	v.until(`document.querySelector("#unreached")`)
	v.settled()
	if title := v.text("#rows-title"); title != "53,940 rows" || v.at() != "/diamonds?cut=Fair" {
		t.Errorf("the page is %s and has %s", v.at(), title)
	}
	must(v.ctx, t, chromedp.Evaluate[bool](`(() => { window.fetch = asked; return true; })()`))
	v.click("#unreached button")
	v.until(`document.querySelector("#rows-title").textContent === "1610 of 53,940 rows" && !document.querySelector("#unreached")`)
}

func TestClosedFiltersStayClosed(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	v.open("/diamonds")
	v.until(`document.documentElement.classList.contains("js")`)
	v.settled()
	v.click("#facet-color summary")
	v.click(`[name=cut][value=Fair]`)
	v.until(`document.querySelector("#rows-title").textContent === "1610 of 53,940 rows"`)
	v.settled()
	v.until(`document.querySelector("#facet-cut").open && !document.querySelector("#facet-color").open`)
	// A filter that comes into use opens.
	v.open("/diamonds")
	v.until(`document.documentElement.classList.contains("js")`)
	v.settled()
	v.click("#facet-cut summary")
	v.click("#chart [data-href]")
	v.until(`document.querySelector("#rows-title").textContent === "1610 of 53,940 rows"`)
}

func TestAFilterThatWasAddedStays(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, "", wideFiles(30)))
	v.open("/wide")
	v.until(`document.documentElement.classList.contains("js")`)
	v.settled()
	added := must(v.ctx, t, chromedp.Evaluate[string](`(s => { s.value = s.options[5].value; s.dispatchEvent(new Event("change", {bubbles: true})); return s.options[5].value; })(document.querySelector('[name="view[filter]"]'))`))
	v.until(`document.getElementById("facet-" + ` + quoted(added) + `)`)
	v.settled()
	v.click("#facet-c000 [name=present]")
	v.until(`location.search.includes("present")`)
	v.settled()
	v.until(`document.getElementById("facet-" + ` + quoted(added) + `)`)
}

func TestColumnsAreChosen(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	v.open("/penguins")
	v.until(`document.documentElement.classList.contains("js")`)
	v.settled()
	v.click("#chooser summary")
	v.click(`.choices [value=island]`)
	v.click(".choices button")
	v.until(`document.querySelector("#chooser summary").textContent === "Columns (6 of 7)"`)
	v.settled()
	// The choice no longer lies over the table, and the focus is where one opens it.
	v.until(`!document.querySelector("#chooser").open && document.activeElement === document.querySelector("#chooser summary")`)
	v.click("#chooser summary")
	must(v.ctx, t, chromedp.KeyEvent(kb.Escape))
	v.until(`!document.querySelector("#chooser").open`)
}

func TestTheChoiceOfColumnsIsWithinTheScreen(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	for _, width := range []int64{320, 360, 700, 1280} {
		v.screen(width, 800, "light")
		v.open("/diamonds")
		v.until(`document.documentElement.classList.contains("js")`)
		v.settled()
		v.click("#chooser summary")
		v.until(`document.querySelector("#chooser").open`)
		if out := must(v.ctx, t, chromedp.Evaluate[int](`[...document.querySelectorAll("#chooser input, #chooser button")].filter(e => {
			const r = e.getBoundingClientRect();
			return r.left < 0 || r.right > innerWidth;
		}).length`)); out > 0 {
			t.Errorf("%d pixels: %d boxes are outside", width, out)
		}
	}
}

func TestNoRowIsMissingAndPresent(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	v.open("/penguins?missing=body_mass_g")
	v.until(`document.documentElement.classList.contains("js")`)
	v.settled()
	v.click(`[name=present][value=body_mass_g]`)
	v.until(`document.querySelector("#rows-title").textContent === "342 of 344 rows"`)
	if v.at() != "/penguins?present=body_mass_g" {
		t.Errorf("the page is %s", v.at())
	}
}

func TestThePointerShowsWhatACellHasNoRoomFor(t *testing.T) {
	long := strings.Repeat("long ", 100) + "text"
	v := newVisitor(t, pagesServer(t, Options{}, "", map[string]string{
		"notes.yaml": "dataset: notes\ndata: notes.csv\nfields:\n  id: {type: integer}\n  note: {type: string}\n",
		"notes.csv":  "id,note\n1," + long + "\n2,short\n",
	}))
	v.open("/notes")
	v.until(`document.documentElement.classList.contains("js")`)
	v.settled()
	for row, want := range []string{long, ""} {
		x, y := v.middle(fmt.Sprintf("#rows tbody tr:nth-child(%d) td:nth-child(2)", row+1))
		must(v.ctx, t, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
		v.until(fmt.Sprintf(`document.querySelectorAll("#rows tbody td")[%d].title === %s`, 2*row+1, quoted(want)))
	}
}

func TestNumbersAreWrittenAsTheReaderDoes(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	must(v.ctx, t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: "de-DE"})
		return err
	}))
	v.open("/diamonds?lower[price]=10000&sort=price")
	v.until(`document.documentElement.classList.contains("js")`)
	v.settled()
	// The mean is 13494.598… by the API.
	for selector, want := range map[string]string{
		"#rows-title": "5223 of 53.940 rows", ".facts dd": "53.940", "#rows td:nth-child(7)": "10.000", "#chart .value": "13.495\u00a0USD",
	} {
		if got := v.text(selector); got != want {
			t.Errorf("%s: %q, want %q", selector, got, want)
		}
	}
	if english := must(v.ctx, t, chromedp.Evaluate[[]string](`[...document.querySelectorAll("#chart svg text, #filters .n, #cite [data-numbers]")].map(e => e.textContent).filter(text => /\d,\d\d\d/.test(text))`)); len(english) > 0 {
		t.Errorf("these are as in English: %q", english)
	}
}

// quoted is a text as a script writes it.
func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

func TestFiltersNarrowNestedConditionsInPlace(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	v.open("/penguins?query=" + url.QueryEscape(`{"any":[{"species":"Adelie","lower":{"body_mass_g":4500}},{"species":"Gentoo","lower":{"body_mass_g":6000}}]}`))
	v.until(`document.querySelector("#rows-title")?.textContent === "12 of 344 rows"`)
	v.click(`[name="island"][value="Biscoe"]`)
	v.until(`document.querySelector("#rows-title")?.textContent === "7 of 344 rows"`)
	v.settled()
	if got := v.text(".chips li"); !strings.HasPrefix(got, "(Species: Adelie and Body mass ≥ 4500) or (Species: Gentoo") {
		t.Errorf("the first filter is %q", got)
	}
	v.click(`.chips li a`)
	v.until(`document.querySelector("#rows-title")?.textContent === "168 of 344 rows"`)
	v.settled()
	// A handle that is moved by keys keeps the focus.
	must(v.ctx, t, chromedp.Evaluate[bool](`(handle => { handle.focus(); return true; })(document.querySelector("#facet-bill_length_mm .twin input"))`))
	must(v.ctx, t, chromedp.KeyEvent(kb.ArrowRight))
	v.until(`location.search.includes("lower[bill_length_mm]=")`)
	v.settled()
	v.until(`document.activeElement.type === "range" && document.activeElement.closest("#facet-bill_length_mm") && document.querySelector("#facet-bill_length_mm .presets a")`)
}

func TestThePageWorksWithoutScripts(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	v.scripts(false)
	v.open("/penguins")
	v.click(`[name="island"][value="Dream"]`)
	v.click(`#query .apply button`)
	v.until(`document.querySelector("#rows-title")?.textContent === "124 of 344 rows"`)
	if v.at() != "/penguins?island=Dream" {
		t.Errorf("the rows are at %s", v.at())
	}
	v.click(`[data-focus="next"]`)
	v.until(`document.querySelector(".pager span")?.textContent === "Rows 26 to 50"`)
	v.click(`[data-focus="kind-Two numbers"]`)
	v.until(`document.querySelector('[name="chart[with]"]')`)
	if !strings.Contains(v.at(), "island=Dream") || !strings.HasSuffix(v.at(), "#chart") {
		t.Errorf("the chart is at %s", v.at())
	}
}

func TestCopyButtonsCopyWhatRuns(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	v.open("/penguins?island=Dream&sort=-body_mass_g")
	v.until(`document.documentElement.classList.contains("js")`)
	must(v.ctx, t, chromedp.Evaluate[bool](`(() => { Object.defineProperty(navigator, "clipboard", {value: {writeText: async text => { window.copied = text; }}}); return true; })()`))
	v.click("#snippet-link summary")
	v.click("#snippet-link .copy")
	v.until(`window.copied`)
	answer, err := http.Get(must(v.ctx, t, chromedp.Evaluate[string]("window.copied")))
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Mass int `json:"body_mass_g"`
	}
	// The heaviest of Dream has 4800 g: by awk.
	if err := json.Unmarshal([]byte(bodyOf(t, answer)), &rows); err != nil || len(rows) != 25 || rows[0].Mass != 4800 {
		t.Errorf("%v: %d rows: %v", err, len(rows), rows)
	}
}

// pageStates are the states in which pages are looked at.
var pageStates = map[string]string{
	"list":         "/",
	"no result":    "/?q=nothing",
	"table":        "/odd",
	"filters":      "/rides?paid=true&lower[day]=2024-01-01&present=fare&sort=-fare",
	"no rows":      "/rides?lower[fare]=99",
	"fault":        "/rides?lower[fare]=much",
	"time":         "/rides?chart[kind]=time",
	"pairs":        "/numbers?chart[kind]=pairs",
	"distribution": "/odd?chart[kind]=distribution",
	"correlation":  "/numbers?chart[kind]=correlation",
	"past the end": "/rides?page=99",
	"texts":        "/texts?contains[word]=red&contains[word]=green",
	"no table":     "/few?b=x",
	"empty":        "/none",
	"not loaded":   "/later",
	"broken":       "/broken",
	"wide":         "/wide",
	"nulls":        "/nulls",
	"nested":       "/rides?query=" + url.QueryEscape(`{"any":[{"lower":{"fare":8}},{"missing":["fare"]}]}`) + "&paid=true&lower[day]=2024-01-01",
}

// statesServer has the datasets of pageStates.
func statesServer(t *testing.T) *Server {
	return pagesServer(t, Options{}, "later", odd, rides, texts, wideFiles(500), map[string]string{
		"few.yaml": "dataset: few\ndata: few.csv\noperations: [stats, stats/distinct]\nfields:\n  a: {type: number}\n  b: {type: string}\n", "few.csv": "a,b\n1,x\n",
		"none.yaml": "dataset: none\ndata: none.csv\nfields:\n  a: {type: number}\n  b: {type: string}\n", "none.csv": "a,b\n",
		"later.yaml": "dataset: later\ndata: later.csv\nfields:\n  a: {type: number}\n", "later.csv": "a\n1\n",
		"broken.yaml": "dataset: broken\nfields:\n  a: {type: numbr}\n",
		"nulls.yaml":  "dataset: nulls\ndata: nulls.csv\nfields:\n  a: {type: number}\n  b: {type: string}\n  c: {type: date}\n", "nulls.csv": "a,b,c\n,,\n,,\n",
		"numbers.yaml": "dataset: numbers\ndata: numbers.csv\nfields:\n  a: {type: number}\n  b: {type: number}\n  c: {type: integer}\n", "numbers.csv": "a,b,c\n1,2,3\n2,3,1\n3,5,0\n",
	})
}

func TestPagesFitSmallScreens(t *testing.T) {
	v := newVisitor(t, statesServer(t))
	v.screen(360, 740, "light")
	for name, path := range pageStates {
		v.open(path)
		if width := must(v.ctx, t, chromedp.Evaluate[int]("document.documentElement.scrollWidth")); width > 360 {
			who := must(v.ctx, t, chromedp.Evaluate[[]string](`[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > 361 && !e.closest(".scroll")).map(e => e.tagName + "." + e.className).slice(0, 5)`))
			t.Errorf("%s is %d pixels wide: %v", name, width, who)
		}
	}
}

// TestAxeFindsNothing runs axe-core over every state, in light and dark, on large
// and small screens.
func TestBarsSayTheirNumbersOnSmallScreens(t *testing.T) {
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	for _, chart := range []string{"means", "distribution&chart[of]=cut"} {
		for _, width := range []int64{360, 400, 640, 1280} {
			v.screen(width, 800, "light")
			v.open("/diamonds?chart[kind]=" + chart)
			v.until(`document.readyState === "complete"`)
			// Each is seen once, and wholly within what the chart's place shows.
			seen := must(v.ctx, t, chromedp.Evaluate[int](`(place => [...document.querySelectorAll("#chart .value")].filter(e => {
				const r = e.getBoundingClientRect();
				return r.width > 0 && r.left >= place.left && r.right <= place.right + 1;
			}).length)(document.querySelector("#chart .plot").getBoundingClientRect())`))
			if seen != 5 {
				t.Errorf("%s, %d pixels: %d numbers are seen, want 5", chart, width, seen)
			}
		}
	}
}

func TestAxeFindsNothing(t *testing.T) {
	file := os.Getenv("HERBARIUM_TEST_AXE")
	if file == "" {
		t.Skip("HERBARIUM_TEST_AXE is not set; CONTRIBUTING.md says what it names")
	}
	axe, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	v := newVisitor(t, statesServer(t))
	for _, screen := range []struct {
		width  int64
		scheme string
	}{{1400, "light"}, {1400, "dark"}, {360, "light"}} {
		v.screen(screen.width, 900, screen.scheme)
		for name, path := range pageStates {
			v.open(path)
			must(v.ctx, t, chromedp.Evaluate[bool](`(() => { for (const d of document.querySelectorAll("details:not(.snippet)")) d.open = true; return true; })()`))
			must(v.ctx, t, chromedp.Evaluate[bool](string(axe)+"; true"))
			found := must(v.ctx, t, chromedp.Evaluate[[]string](`axe.run(document, {resultTypes: ["violations"]}).then(r =>
				r.violations.map(v => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " " + n.failureSummary).join(" | ")))`, chromedp.EvalAwaitPromise))
			for _, violation := range found {
				t.Errorf("%s, %d %s: %s", name, screen.width, screen.scheme, violation)
			}
		}
	}
}

func TestMarkupOfADatasetRunsNothing(t *testing.T) {
	v := newVisitor(t, statesServer(t))
	v.open("/odd")
	v.until(`document.documentElement.classList.contains("js")`)
	if title := must(v.ctx, t, chromedp.Title()); !strings.HasPrefix(title, "<b>Odd</b> & \"quoted\"") {
		t.Errorf("the title is %q", title)
	}
	if cell := v.text("tbody td"); cell != "<script>alert(1)</script>" {
		t.Errorf("the first cell reads %q", cell)
	}
	if exact := must(v.ctx, t, chromedp.Evaluate[string](`document.querySelector("tbody tr:nth-child(3) td:nth-child(4)").title`)); exact != "9007199254740993" {
		t.Errorf("the long integer is %q", exact)
	}
}

var screenshots = flag.Bool("screenshots", false, "write the pictures of docs/page.md")

// TestScreenshotsOfTheDocs makes the pictures of docs/page.md with -screenshots.
func TestScreenshotsOfTheDocs(t *testing.T) {
	if !*screenshots {
		t.Skip("-screenshots is not given")
	}
	v := newVisitor(t, pagesServer(t, Options{}, ""))
	for _, shot := range []struct {
		name, path, scheme string
		width, height      int64
	}{
		{"page", "/penguins?island=Biscoe&island=Dream&chart[of]=body_mass_g", "light", 1280, 1500},
		{"page-dark", "/penguins?chart[kind]=distribution&chart[of]=flipper_length_mm#chart", "dark", 1280, 800},
	} {
		v.screen(shot.width, shot.height, shot.scheme)
		v.open(shot.path)
		v.until(`[...document.images].every(image => image.complete || image.loading === "lazy")`)
		time.Sleep(time.Second) // pictures that come into view
		if err := os.WriteFile(filepath.Join("..", "docs", shot.name+".png"), must(v.ctx, t, chromedp.CaptureScreenshot()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

package engine

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"herbarium/engine/fault"
)

func answer(t testing.TB, e *Engine, body string, f Format) *Answer {
	t.Helper()
	a, err := e.Answer(context.Background(), parseFake(t, body), f)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAnswerOfASecondSpellingComesFromTheCache(t *testing.T) {
	spellings := [][]string{
		{`{}`, ``, ` {"species":null}`, `{"lower":{}}`, `{"fields":["petal_width","label","sepal_length","petal_length","sepal_width"]}`},
		{`{"species":"setosa"}`, `{"species":["setosa"]}`},
		{`{"species":["setosa","virginica"]}`, `{"species":["virginica","setosa"]}`},
		{`{"lower":{"sepal_length":5,"sepal_width":3}}`, `{"lower":{"sepal_width":3.0,"sepal_length":50e-1}}`},
		{`{"lower":{"sepal_length":0}}`, `{"lower":{"sepal_length":-0.0}}`},
		{`{"per_page":100}`, `{"page":1}`, `{"page":1.0,"per_page":1e2}`},
		{`{"fields":["label","petal_width"]}`, `{"fields":["petal_width","label"]}`},
	}
	store := &fakeStore{version: "v", batches: 3}
	e := New(store, Options{CacheBytes: 1 << 20})
	defer e.Close()
	tags := map[string]bool{}
	for i, group := range spellings {
		for _, body := range group {
			a := answer(t, e, body, fakeFormat(1))
			tags[a.Tag] = true
			if got := readAll(t, a); got != "<123>" {
				t.Errorf("%s: got %s", body, got)
			}
		}
		if runs := store.runs.Load(); runs != int64(i+1) {
			t.Errorf("%v: %d runs, want %d", group, runs, i+1)
		}
	}
	if len(tags) != len(spellings) {
		t.Errorf("%d tags for %d different answers", len(tags), len(spellings))
	}
}

func TestAnswersThatDifferShareNothing(t *testing.T) {
	store := &fakeStore{version: "v", batches: 3}
	e := New(store, Options{CacheBytes: 1 << 20})
	defer e.Close()
	tags := map[string]string{}
	ask := func(name, body string, f Format) {
		a := answer(t, e, body, f)
		if before, ok := tags[a.Tag]; ok {
			t.Errorf("%s has the tag of %s", name, before)
		}
		tags[a.Tag] = name
		readAll(t, a)
	}
	ask("all", `{}`, fakeFormat(1))
	ask("another format", `{}`, fakeFormat(2))
	ask("another query", `{"page":1}`, fakeFormat(1))
	store.version = "w"
	ask("another version", `{}`, fakeFormat(1))
	if runs := store.runs.Load(); runs != 4 {
		t.Errorf("%d runs, want 4", runs)
	}
}

func TestWithoutAVersionNothingIsCached(t *testing.T) {
	store := &fakeStore{batches: 1}
	e := New(store, Options{CacheBytes: 1 << 20})
	defer e.Close()
	for range 2 {
		a := answer(t, e, `{}`, fakeFormat(1))
		if a.Tag != "" {
			t.Errorf("tag %q", a.Tag)
		}
		readAll(t, a)
	}
	if runs := store.runs.Load(); runs != 2 {
		t.Errorf("%d runs, want 2", runs)
	}
}

func TestEqualMissesRunOnce(t *testing.T) {
	defer goleak.VerifyNone(t)
	store := &fakeStore{version: "v", batches: 2, gate: make(chan struct{})}
	e := New(store, Options{CacheBytes: 1 << 20})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got := readAll(t, answer(t, e, `{}`, fakeFormat(1))); got != "<12>" {
				t.Errorf("got %s", got)
			}
		})
	}
	waitFor(t, "eight callers", func() bool { return callers(e) == 8 })
	close(store.gate)
	all.Wait()
	e.Close()
	if runs := store.runs.Load(); runs != 1 {
		t.Errorf("%d runs, want 1", runs)
	}
}

func TestACallerWhoLeavesTakesNobodyWithHim(t *testing.T) {
	defer goleak.VerifyNone(t)
	store := &fakeStore{version: "v", batches: 1, gate: make(chan struct{})}
	e := New(store, Options{CacheBytes: 1 << 20})
	q := parseFake(t, `{}`)
	leaving, leave := context.WithCancel(context.Background())
	left := make(chan error)
	go func() {
		_, err := e.Answer(leaving, q, fakeFormat(1))
		left <- err
	}()
	waitFor(t, "the first caller", func() bool { return callers(e) == 1 })
	stayed := make(chan string)
	go func() { stayed <- readAll(t, answer(t, e, `{}`, fakeFormat(1))) }()
	waitFor(t, "the second caller", func() bool { return callers(e) == 2 })
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("the one who left got %v", err)
	}
	close(store.gate)
	if got := <-stayed; got != "<1>" {
		t.Errorf("the one who stayed got %s", got)
	}
	e.Close()
	if runs := store.runs.Load(); runs != 1 {
		t.Errorf("%d runs, want 1", runs)
	}
}

func TestARunThatNobodyWaitsForEnds(t *testing.T) {
	defer goleak.VerifyNone(t)
	store := &fakeStore{version: "v", batches: 1, gate: make(chan struct{})}
	e := New(store, Options{CacheBytes: 1 << 20})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := e.Answer(ctx, parseFake(t, `{}`), fakeFormat(1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	e.Close()
	if open := store.open.Load(); open != 0 {
		t.Errorf("%d cursors are open", open)
	}
	// The failed run is not remembered.
	close(store.gate)
	if got := readAll(t, answer(t, e, `{}`, fakeFormat(1))); got != "<1>" {
		t.Errorf("got %s", got)
	}
	e.Close()
}

func TestALargeAnswerStreamsUnshared(t *testing.T) {
	defer goleak.VerifyNone(t)
	const width = 40 << 10
	store := &fakeStore{version: "v", batches: 9, gate: make(chan struct{}, 100)}
	e := New(store, Options{CacheBytes: 1 << 20}) // a share of 64 KiB
	want := "<"
	for i := range 9 {
		want += strings.Repeat(".", width-1) + string(rune('1'+i))
	}
	want += ">"
	answers := make(chan *Answer)
	for range 2 {
		go func() { answers <- answer(t, e, `{}`, fakeFormat(width)) }()
	}
	waitFor(t, "two callers", func() bool { return callers(e) == 2 })
	for range 50 {
		store.gate <- struct{}{}
	}
	first, second := <-answers, <-answers
	if first.Size >= 0 {
		t.Errorf("size %d is known too soon", first.Size)
	}
	if got := readAll(t, first); got != want {
		t.Errorf("the first got %d bytes", len(got))
	}
	if got := readAll(t, second); got != want {
		t.Errorf("the second got %d bytes", len(got))
	}
	if got := readAll(t, answer(t, e, `{}`, fakeFormat(width))); got != want {
		t.Errorf("a third got %d bytes", len(got))
	}
	e.Close()
	if runs := store.runs.Load(); runs != 3 {
		t.Errorf("%d runs, want 3: the first two share one until it is too large", runs)
	}
	if open := store.open.Load(); open != 0 {
		t.Errorf("%d cursors are open", open)
	}
}

func TestAnAnswerThatIsCertainToBeTooLargeIsNotShared(t *testing.T) {
	// A share of 64 KiB has room for a value of a byte in each of 5 fields of
	// so many rows, and not for one row more.
	const most = 64 << 10 / 5
	compressed := fakeFormat(1)
	compressed.Compressed = true
	for _, c := range []struct {
		name   string
		rows   int64
		body   string
		format Format
		shared bool
	}{
		{"all there is room for", most, `{}`, fakeFormat(1), true},
		{"a row more", most + 1, `{}`, fakeFormat(1), false},
		{"fewer fields", most + 1, `{"fields":["sepal_length"]}`, fakeFormat(1), true},
		{"a page", most + 1, `{"per_page":10}`, fakeFormat(1), true},
		{"some rows", most + 1, `{"lower":{"sepal_length":5}}`, fakeFormat(1), true},
		{"compressed", most + 1, `{}`, compressed, true},
		{"not known", 0, `{}`, fakeFormat(1), true},
	} {
		store := &fakeStore{version: "v", batches: 3, rows: c.rows}
		e := New(store, Options{CacheBytes: 1 << 20})
		a := answer(t, e, c.body, c.format)
		if shared := a.flight != nil; shared != c.shared {
			t.Errorf("%s: shared is %v", c.name, shared)
		}
		if a.Tag == "" {
			t.Errorf("%s: no tag", c.name)
		}
		if got := readAll(t, a); got != "<123>" {
			t.Errorf("%s: got %s", c.name, got)
		}
		e.Close()
	}
}

func TestWhatIsUnderWayStaysWithinTheCachesBytes(t *testing.T) {
	defer goleak.VerifyNone(t)
	const width, callers = 20 << 10, 100
	store := &fakeStore{version: "v", batches: 3}
	e := New(store, Options{CacheBytes: 1 << 20}) // a share of 64 KiB
	want := len("<>") + 3*width
	var all []*Answer
	for page := range callers {
		all = append(all, answer(t, e, `{"page":`+strconv.Itoa(page+1)+`}`, fakeFormat(width)))
	}
	// Each of the others adds one chunk at most before it notices.
	if held := e.held.Load(); held > 1<<20+callers*(width+chunkBytes) {
		t.Errorf("%d bytes are held", held)
	}
	for i, a := range all {
		if got := readAll(t, a); len(got) != want {
			t.Errorf("answer %d has %d bytes, want %d", i, len(got), want)
		}
	}
	e.Close()
	if held := e.held.Load(); held != 0 {
		t.Errorf("%d bytes are held after the end", held)
	}
	if open := store.open.Load(); open != 0 {
		t.Errorf("%d cursors are open", open)
	}
}

func TestAnAnswerIsWithTheCacheAsWithout(t *testing.T) {
	for _, batches := range []int{0, 1, 5, 3000} {
		store := &fakeStore{version: "v", batches: batches}
		e, plain := New(store, Options{CacheBytes: 1 << 20}), New(store, Options{})
		want := readAll(t, answer(t, plain, `{}`, fakeFormat(40)))
		for range 2 {
			if got := readAll(t, answer(t, e, `{}`, fakeFormat(40))); got != want {
				t.Errorf("%d batches: %d bytes, without a cache %d", batches, len(got), len(want))
			}
		}
		e.Close()
	}
}

func TestAnErrorBeforeTheFirstByteIsTheAnswers(t *testing.T) {
	down := &fault.Error{Code: fault.StoreUnavailable}
	for _, options := range []Options{{}, {CacheBytes: 1 << 20}} {
		store := &fakeStore{version: "v", batches: 3, failAt: 1, err: down}
		e := New(store, options)
		if _, err := e.Answer(context.Background(), parseFake(t, `{}`), fakeFormat(1)); fault.CodeOf(err) != fault.StoreUnavailable {
			t.Errorf("%+v: got %v", options, err)
		}
		e.Close()
		if open := store.open.Load(); open != 0 {
			t.Errorf("%+v: %d cursors are open", options, open)
		}
		// It is not remembered.
		store.failAt = 0
		if got := readAll(t, answer(t, e, `{}`, fakeFormat(1))); got != "<123>" {
			t.Errorf("%+v: got %s", options, got)
		}
	}
}

func TestAnErrorHalfWayIsNeitherTheEndNorKept(t *testing.T) {
	const width = 40 << 10
	for _, options := range []Options{{}, {CacheBytes: 1 << 20}, {CacheBytes: 1 << 30}} {
		store := &fakeStore{version: "v", batches: 9, failAt: 5, err: errors.New("disk on fire")}
		e := New(store, options)
		a, err := e.Answer(context.Background(), parseFake(t, `{}`), fakeFormat(width))
		for err == nil {
			_, err = a.Next(context.Background())
		}
		if fault.CodeOf(err) != fault.Internal || errors.Is(err, io.EOF) {
			t.Errorf("%+v: got %v", options, err)
		}
		if a != nil {
			_ = a.Close()
		}
		e.Close()
		if open := store.open.Load(); open != 0 {
			t.Errorf("%+v: %d cursors are open", options, open)
		}
	}
}

func TestAQueryBeyondItsTimeIsTooSlow(t *testing.T) {
	for _, cache := range []int64{0, 1 << 20} {
		store := &fakeStore{version: "v", batches: 1, gate: make(chan struct{})}
		e := New(store, Options{CacheBytes: cache, Timeout: 5 * time.Millisecond})
		_, err := e.Answer(context.Background(), parseFake(t, `{}`), fakeFormat(1))
		if fault.CodeOf(err) != fault.TooSlow {
			t.Errorf("cache %d: got %v", cache, err)
		}
		e.Close()
	}
}

// callers counts who waits for runs under way.
func callers(e *Engine) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, f := range e.flights {
		f.mu.Lock()
		n += f.callers
		f.mu.Unlock()
	}
	return n
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

package engine

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"herbarium/datasets"
	"herbarium/engine/query"
)

// pageQuery is a query of the fake dataset that differs by the page.
func pageQuery(t *testing.T, page string) *query.Query {
	t.Helper()
	q, err := query.Parse(fakeDataset(t), datasets.Range, []byte(`{"per_page":1,"page":`+page+`}`))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// wholeSize returns the size of the query's whole answer; negative if it is none.
func wholeSize(t *testing.T, e *Engine, q *query.Query, f Format) int64 {
	t.Helper()
	a, err := e.WholeAnswer(t.Context(), q, f)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	if content := a.Content(); content != nil {
		if read, err := io.Copy(io.Discard, content); err != nil || read != a.Size {
			t.Fatalf("%d bytes of %d, %v", read, a.Size, err)
		}
	}
	return a.Size
}

func TestFilesStayWithinTheirSpace(t *testing.T) {
	store := &fakeStore{version: "v", batches: 10}
	e := New(store, Options{DiskBytes: 8000}) // an answer has some 1000 bytes
	for _, page := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"} {
		if size := wholeSize(t, e, pageQuery(t, page), fakeFormat(100)); size < 1000 {
			t.Fatalf("page %s: %d bytes", page, size)
		}
		if e.files.used > 8000 {
			t.Fatalf("%d bytes are used", e.files.used)
		}
	}
	if n := len(e.files.files); n < 5 || n > 8 {
		t.Errorf("%d files are kept", n)
	}
	e.Close() // an answer is there before its cursor is closed
	if store.open.Load() != 0 {
		t.Error("a cursor is open")
	}
}

func TestAFileThatIsReadIsNotRemoved(t *testing.T) {
	store := &fakeStore{version: "v", batches: 10}
	e := New(store, Options{DiskBytes: 4100}) // room for four
	defer e.Close()
	var held []*Answer
	for _, page := range []string{"1", "2", "3", "4"} {
		a, err := e.WholeAnswer(t.Context(), pageQuery(t, page), fakeFormat(100))
		if err != nil || a.Content() == nil {
			t.Fatal(page, err)
		}
		held = append(held, a)
	}
	if size := wholeSize(t, e, pageQuery(t, "5"), fakeFormat(100)); size >= 1000 && e.files.used > 4100 {
		t.Errorf("%d bytes are used", e.files.used)
	}
	for _, a := range held {
		if read, err := io.Copy(io.Discard, a.Content()); err != nil || read != a.Size {
			t.Errorf("%d bytes of %d, %v", read, a.Size, err)
		}
		_ = a.Close()
	}
	if size := wholeSize(t, e, pageQuery(t, "5"), fakeFormat(100)); size < 1000 {
		t.Errorf("there is room again, and the size is %d", size)
	}
}

func TestAFileIsKeptForATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{version: "v", batches: 10}
		e := New(store, Options{DiskBytes: 1 << 20})
		defer e.Close()
		q := pageQuery(t, "1")
		for range 3 {
			wholeSize(t, e, q, fakeFormat(100))
			time.Sleep(keepFiles - time.Second)
		}
		if n := store.runs.Load(); n != 1 {
			t.Errorf("%d runs", n)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if e.files.used != 0 || len(e.files.files) != 0 {
			t.Errorf("%d bytes in %d files are kept", e.files.used, len(e.files.files))
		}
	})
}

func TestEqualWholeAnswersRunOnceAndEndWithTheLastCaller(t *testing.T) {
	store := &fakeStore{version: "v", batches: 10, gate: make(chan struct{})}
	e := New(store, Options{DiskBytes: 1 << 20})
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := e.WholeAnswer(ctx, pageQuery(t, "1"), fakeFormat(100))
			ended <- err
		}()
	}
	store.gate <- struct{}{}
	leave()
	for range 2 {
		if err := <-ended; err == nil {
			t.Error("a caller who left has an answer")
		}
	}
	e.Close()
	if runs, open := store.runs.Load(), store.open.Load(); runs > 2 || open != 0 {
		t.Errorf("%d runs, %d cursors open", runs, open)
	}
}

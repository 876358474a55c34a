package engine

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
)

// fakeCoding writes what it is given in capitals between braces, and counts
// how often it began.
func fakeCoding(begun *atomic.Int64) Coding {
	return Coding{Name: "capitals", New: func(w io.Writer) Coder {
		begun.Add(1)
		_, _ = io.WriteString(w, "{")
		return fakeCoder{w}
	}}
}

type fakeCoder struct{ w io.Writer }

func (c fakeCoder) Flush() error { return nil }
func (c fakeCoder) Close() error {
	_, err := io.WriteString(c.w, "}")
	return err
}

func (c fakeCoder) Write(p []byte) (int, error) {
	return c.w.Write([]byte(strings.NewReplacer("<", "A", ">", "Z").Replace(string(p))))
}

func codedAnswer(t *testing.T, e *Engine, coding Coding, width int) *Answer {
	t.Helper()
	a := answer(t, e, `{}`, fakeFormat(width))
	if err := a.Code(context.Background(), coding); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAKeptAnswerIsCodedOnce(t *testing.T) {
	store := &fakeStore{version: "v", batches: 2}
	e := New(store, Options{CacheBytes: 1 << 20})
	defer e.Close()
	var begun atomic.Int64
	plain := answer(t, e, `{}`, fakeFormat(1))
	tag := plain.Tag
	readAll(t, plain)
	var first string
	for range 3 {
		a := codedAnswer(t, e, fakeCoding(&begun), 1)
		if a.Size != int64(len("{A12Z}")) {
			t.Errorf("size %d", a.Size)
		}
		if first == "" {
			first = a.Tag
		}
		if a.Tag == tag || a.Tag != first {
			t.Errorf("tag %s, plain %s, coded before %s", a.Tag, tag, first)
		}
		if got := readAll(t, a); got != "{A12Z}" {
			t.Errorf("got %s", got)
		}
	}
	if got := readAll(t, answer(t, e, `{}`, fakeFormat(1))); got != "<12>" {
		t.Errorf("plain: %s", got)
	}
	if begun.Load() != 1 || store.runs.Load() != 1 {
		t.Errorf("coded %d times, ran %d times", begun.Load(), store.runs.Load())
	}
}

func TestAnAnswerThatIsNotKeptIsCodedToo(t *testing.T) {
	for _, version := range []string{"", "v"} {
		store := &fakeStore{version: version, batches: 2}
		e := New(store, Options{})
		var begun atomic.Int64
		a := codedAnswer(t, e, fakeCoding(&begun), 1)
		if (a.Tag == "") != (version == "") {
			t.Errorf("version %q: tag %q", version, a.Tag)
		}
		if got := readAll(t, a); got != "{A12Z}" {
			t.Errorf("got %s", got)
		}
		e.Close()
		if store.open.Load() != 0 {
			t.Error("a cursor is open")
		}
	}
}

func TestALongAnswerIsCodedAsItComes(t *testing.T) {
	for _, cache := range []int64{0, 1 << 20, 1 << 30} {
		e := New(&fakeStore{version: "v", batches: 8}, Options{CacheBytes: cache})
		const width = chunkBytes
		want := readAll(t, answer(t, e, `{"page":1}`, fakeFormat(width)))
		want = "{A" + strings.Trim(want, "<>") + "Z}"
		var begun atomic.Int64
		if got := readAll(t, codedAnswer(t, e, fakeCoding(&begun), width)); got != want {
			t.Errorf("cache %d: %d bytes, want %d", cache, len(got), len(want))
		}
		e.Close()
	}
}

func TestAFailureHalfWayEndsTheCodedAnswerWithoutItsEnd(t *testing.T) {
	broken := errors.New("broken")
	e := New(&fakeStore{batches: 8, failAt: 4, err: broken}, Options{})
	defer e.Close()
	var begun atomic.Int64
	a := codedAnswer(t, e, fakeCoding(&begun), chunkBytes)
	defer func() { _ = a.Close() }()
	for {
		chunk, err := a.Next(context.Background())
		if strings.Contains(string(chunk), "}") {
			t.Fatal("the coded bytes were ended")
		}
		if err != nil {
			if !errors.Is(err, broken) {
				t.Errorf("got %v", err)
			}
			return
		}
	}
}

package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"herbarium/datasets"
	"herbarium/loaders"
)

func TestAMeterSaysHowFarALoadIs(t *testing.T) {
	ds, err := datasets.Parse("d.yaml", []byte("dataset: d\nfields: {x: {type: integer}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	content := "x\n" + strings.Repeat("1\n", 999) + "no\n"
	sources := []loaders.Source{loaders.Stream("t.csv", strings.NewReader(content))}
	sources[0].Size = int64(2 * len(content))
	synctest.Test(t, func(t *testing.T) {
		m := newProgress("d", sources, nil)
		if _, err := loaders.Check(t.Context(), ds, sources, loaders.Options{Skip: true, Progress: m.counts}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if got := m.String(); got != "d: 1000 rows, 1 of them faulty, 0.0 MB of 0.0 MB, 100 rows/s, 10s left" {
			t.Errorf("it says %s", got)
		}
		m.total = 0
		if got := m.String(); strings.Contains(got, "left") || strings.Contains(got, " of 0.0 MB") {
			t.Errorf("of an unknown size it says %s", got)
		}
	})
}

func TestOffATerminalProgressIsALineNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		m := newProgress("d", nil, &b)
		m.every = time.Millisecond
		stop := m.run(t.Context())
		time.Sleep(50 * time.Millisecond)
		stop()
		if !strings.HasPrefix(b.String(), "d: 0 rows, 0.0 MB, 0 rows/s\n") {
			t.Errorf("it says %q", b.String())
		}
		b.Reset()
		m.every = time.Hour
		m.run(t.Context())()
		if b.Len() > 0 {
			t.Errorf("a short load says %q", b.String())
		}
	})
}

func TestABarEndsWithItsLoad(t *testing.T) {
	out, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	for _, total := range []int64{0, 100} {
		m := newProgress("d", nil, out)
		m.total = total
		stop := m.run(t.Context())
		time.Sleep(250 * time.Millisecond)
		inTime(t, "the progress goes on after its load", stop)
	}
}

// inTime does what ends soon, and fails where it does not.
func inTime(t *testing.T, otherwise string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal(otherwise)
	}
}

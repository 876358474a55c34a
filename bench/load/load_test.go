package load

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serve starts a server and returns clients of it.
func serve(t *testing.T, connections int, h http.HandlerFunc) *Clients {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := Dial(t.Context(), strings.TrimPrefix(s.URL, "http://"), Post("/x", `{"a":1}`), connections)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestClientsSendTheRequestAndReadTheAnswer(t *testing.T) {
	c := serve(t, 1, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.Method+" "+r.URL.Path+" "+r.Header.Get("Content-Type")+" "+string(body))
	})
	for range 2 { // on one connection
		got, err := c.Ask()
		if err != nil || string(got) != `POST /x application/json {"a":1}` {
			t.Errorf("%s, %v", got, err)
		}
	}
}

func TestWhatIsNoSuccessIsAnError(t *testing.T) {
	c := serve(t, 1, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusTeapot) })
	if _, err := c.Ask(); err == nil || !strings.Contains(err.Error(), "418") {
		t.Errorf("got %v", err)
	}
}

func TestSaturateAsksSoOften(t *testing.T) {
	var asked atomic.Int64
	c := serve(t, 4, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	if err := c.Saturate(t.Context(), 101); err != nil || asked.Load() != 101 {
		t.Errorf("%d, %v", asked.Load(), err)
	}
}

func TestConnectionsThatWaitedAreOpenedAnew(t *testing.T) {
	c := serve(t, 2, func(http.ResponseWriter, *http.Request) {})
	_ = c.conns[0].Close() // as a server does, after a while
	if err := c.Saturate(t.Context(), 10); err == nil {
		t.Error("a connection was closed, and all went well")
	}
	c.used = time.Now().Add(-time.Hour)
	if err := c.Saturate(t.Context(), 10); err != nil {
		t.Error(err)
	}
}

func TestAStallMakesTheRequestsBehindItLate(t *testing.T) {
	var asked atomic.Int64
	c := serve(t, 1, func(http.ResponseWriter, *http.Request) {
		if asked.Add(1) == 1 {
			time.Sleep(200 * time.Millisecond)
		}
	})
	l, err := c.Open(t.Context(), 100, 400*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	// The first of 40 stalls for 20 intervals: about half of all come late,
	// though the server was slow once.
	if l.Quantile(0.75) < 50*time.Millisecond || l.Quantile(1) < 200*time.Millisecond {
		t.Errorf("three quarters within %v, all within %v", l.Quantile(0.75), l.Quantile(1))
	}
	if l.Achieved > 110 {
		t.Errorf("%v requests a second", l.Achieved)
	}
}

func TestQuantile(t *testing.T) {
	l := newLatencies(1, []timed{{0, 4}, {1, 1}, {0, 3}, {1, 2}}, time.Second)
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 3, 0.99: 4, 1: 4} {
		if got := l.Quantile(q); got != want {
			t.Errorf("%v: got %v, want %v", q, got, want)
		}
	}
	if of := l.Of(1); of.Count() != 2 || of.Quantile(1) != 2 || of.Rate != 0.5 {
		t.Errorf("of the second kind: %d, at most %v, %v a second", of.Count(), of.Quantile(1), of.Rate)
	}
}

func TestAMixIsSentAndChecked(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) }))
	t.Cleanup(s.Close)
	dial := func(second string) *Clients {
		next := func(i int64) Request {
			want := []string{"/one", second}[i%2]
			return Request{Kind: int(i % 2), Bytes: []byte(Get([]string{"/one", "/two"}[i%2])), Check: func(body []byte) error {
				if string(body) != want {
					return fmt.Errorf("%s came", body)
				}
				return nil
			}}
		}
		c, err := DialMix(t.Context(), strings.TrimPrefix(s.URL, "http://"), next, 2)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	l, err := dial("/two").Open(t.Context(), 1000, 100*time.Millisecond)
	if err != nil || l.Count() != 100 || l.Of(0).Count() != 50 {
		t.Errorf("%d requests, %v", l.Count(), err)
	}
	if err := dial("/three").Saturate(t.Context(), 10); err == nil || !strings.Contains(err.Error(), "/two came") {
		t.Errorf("got %v", err)
	}
}

package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"herbarium/engine"
)

func TestAnAddressCannotTakeTheWholeRoom(t *testing.T) {
	inside, release := make(chan struct{}), make(chan struct{})
	store := &fakeStore{next: func(context.Context, int) (*engine.Batch, error) {
		inside <- struct{}{}
		<-release
		return nil, io.EOF
	}}
	s := newServer(t, store, Options{MaxInFlight: 32, MaxRunning: 100, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("198.51.100.7/32")}})
	var asked sync.WaitGroup
	page := 0
	// ask sends a request that stays, and reports what it is told if it does not.
	ask := func(from, forwarded string) string {
		page++
		r := httptest.NewRequest(http.MethodPost, "/rocks/range", strings.NewReader(fmt.Sprintf(`{"page":%d}`, page)))
		r.Header.Set("Content-Type", "application/json")
		r.RemoteAddr = from
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		w := httptest.NewRecorder()
		ended := make(chan struct{})
		asked.Go(func() { s.ServeHTTP(w, r); close(ended) })
		select {
		case <-inside:
			return ""
		case <-ended:
			return fmt.Sprint(w.Code, " ", w.Header().Get("Retry-After"), " ", w.Body)
		}
	}
	stays := func(n int, from, forwarded string) {
		t.Helper()
		for range n {
			if told := ask(from, forwarded); told != "" {
				t.Fatalf("%s %s: %s", from, forwarded, told)
			}
		}
	}
	refused := func(from, forwarded, want string) {
		t.Helper()
		if told := ask(from, forwarded); !strings.HasPrefix(told, "503 1 ") || !strings.Contains(told, want) {
			t.Errorf("%s %s: %s, want %s", from, forwarded, told, want)
		}
	}
	const own, all = "this address has as many requests under way", "the server has as many requests as it can answer at once"
	stays(16+2, "192.0.2.1:1", "")
	refused("192.0.2.1:2", "", own)
	stays(2, "192.0.2.2:1", "")
	refused("192.0.2.2:1", "", own)
	stays(2, "[2001:db8::1]:1", "")
	refused("[2001:db8::2]:1", "", own) // of the same home
	stays(2, "198.51.100.7:1", "192.0.2.3")
	refused("198.51.100.7:1", "192.0.2.3", own)
	stays(1, "198.51.100.7:1", "192.0.2.4")
	stays(7, "127.0.0.1:1", "") // as from a proxy that is not named
	refused("127.0.0.1:1", "", all)
	refused("192.0.2.9:1", "", all)
	close(release)
	asked.Wait()
	if n := s.inFlight.Load(); n != 0 || len(s.shares.held) != 0 {
		t.Errorf("%d in flight, and shares %v", n, s.shares.held)
	}
}

package api

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
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
	if n := s.inFlight.Load(); n != 0 || len(s.inFlight.held) != 0 {
		t.Errorf("%d in flight, and shares %v", n, s.inFlight.held)
	}
}

// TestAnswersThatNobodyReadsHaveABound opens streams of HTTP/2 whose answers may not be sent, and
// then lets them be. A frame is a length of 3 bytes, a type, flags, and the number of the stream
// (RFC 9113, 4.1).
func TestAnswersThatNobodyReadsHaveABound(t *testing.T) {
	const (
		data, headers, reset, settings, windowUpdate = 0, 1, 3, 4, 8
		streams, places                              = 20, 2
	)
	over := make(chan struct{})
	defer close(over)
	for range places + goroutinesPerConnection {
		go func() { <-over }() // as if many waited already
	}
	r := serve(t, newServer(t, &fakeStore{}, Options{H2C: true, MaxInFlight: places}))
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	frame := func(kind, flags byte, stream uint32, payload ...byte) {
		t.Helper()
		head := binary.BigEndian.AppendUint32([]byte{0, 0, byte(len(payload)), kind, flags}, stream)
		if _, err := c.Write(append(head, payload...)); err != nil {
			t.Fatal(err)
		}
	}
	from := bufio.NewReader(c)
	// next returns the type, the flags and the stream of the next frame.
	next := func() (kind, flags byte, stream uint32) {
		t.Helper()
		var head [9]byte
		if _, err := io.ReadFull(from, head[:]); err != nil {
			t.Fatal(err)
		}
		if _, err := from.Discard(int(head[0])<<16 | int(head[1])<<8 | int(head[2])); err != nil {
			t.Fatal(err)
		}
		return head[3], head[4], binary.BigEndian.Uint32(head[5:])
	}
	if _, err := io.WriteString(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	frame(settings, 0, 0, 0, 4, 0, 0, 0, 0) // an initial window of 0 bytes
	for i := range uint32(streams) {
		frame(headers, 5, 2*i+1, 0x82, 0x86, 0x84, 0x41, 1, 'x') // GET http /, of the host x
	}
	answered, ended := map[uint32]bool{}, 0
	for len(answered)+ended < streams {
		switch kind, _, stream := next(); kind {
		case headers:
			answered[stream] = true
		case reset:
			ended++
		}
	}
	if len(answered) != places || r.streams.Load() != places {
		t.Errorf("%d answers wait, and %d streams were ended", len(answered), ended)
	}
	for stream := range answered {
		frame(windowUpdate, 0, stream, 0, 1, 0, 0)
	}
	for len(answered) > 0 {
		if kind, flags, stream := next(); kind == data && flags&1 != 0 {
			delete(answered, stream)
		}
	}
	eventually(t, "no stream has a place", func() bool { return r.streams.Load() == 0 })
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
}

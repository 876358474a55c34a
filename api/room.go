package api

import (
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"herbarium/api/problem"
)

// A room has places for so many requests at once. While more than half of them are taken, an
// address gets a small share of the other half: a client whose answers wait for it to read
// them, as on some connections of HTTP/2, cannot take the room from all others. Until then
// nothing is counted by address.
type room struct {
	most  int
	taken atomic.Int64

	mu   sync.Mutex
	held map[string]int // places in the second half, by address
}

// sharesOfRoom is how many addresses can take the second half of the room.
const sharesOfRoom = 8

func newRoom(most int) *room { return &room{most: most, held: map[string]int{}} }

// Load returns how many places are taken.
func (r *room) Load() int64 { return r.taken.Load() }

// enter takes a place, which leave gives back. Share is the address that has a share of the room for
// it, "" where none needs one. The error is a *problem.Error with code Overloaded.
func (r *room) enter(s *Server, request *http.Request) (share string, err error) {
	n := r.taken.Add(1)
	if n > int64(r.most) {
		r.taken.Add(-1)
		return "", &problem.Error{Code: problem.Overloaded, Detail: "the server has as many requests as it can answer at once; try again", RetryAfter: time.Second}
	}
	if n <= int64(r.most-r.most/2) {
		return "", nil
	}
	addr := s.clientAddr(request)
	if !addr.IsValid() || addr.IsLoopback() {
		return "", nil // a proxy on this machine, of which all clients may be
	}
	address := countedBy(addr)
	if !r.take(address) {
		r.taken.Add(-1)
		return "", &problem.Error{Code: problem.Overloaded, Detail: "this address has as many requests under way as one may have while the server is busy; try again, or wait for their answers", RetryAfter: time.Second}
	}
	return address, nil
}

// take takes a part of the share of an address, and reports whether there was one.
func (r *room) take(address string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held[address] >= max(1, r.most/2/sharesOfRoom) {
		return false
	}
	r.held[address]++
	return true
}

func (r *room) leave(share string) {
	if share != "" {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.held[share]--; r.held[share] == 0 {
			delete(r.held, share)
		}
	}
	r.taken.Add(-1)
}

// goroutinesPerConnection is how many goroutines a connection has at most beside its requests.
const goroutinesPerConnection = 4

// serveStream answers a request of HTTP/2. Its client may open many at once and read no answer,
// however short, for which net/http waits once the handler has returned. If goroutines show that
// there are many such, a request has a place until its answer is sent. One without a place is ended
// unanswered: its refusal would wait, too. Sending an answer before the handler returns takes a
// frame more, so it is done only then.
func (s *Server) serveStream(w http.ResponseWriter, r *http.Request) {
	if runtime.NumGoroutine() <= s.options.MaxInFlight+goroutinesPerConnection*s.connections.number() {
		s.ServeHTTP(w, r)
		return
	}
	share, err := s.streams.enter(s, r)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer s.streams.leave(share)
	s.ServeHTTP(w, r)
	_ = http.NewResponseController(w).Flush() // else the client left, or did not read in time
}

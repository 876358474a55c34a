package api

import (
	"sync"
	"time"

	"herbarium/api/problem"
)

// A server has room for so many requests at once (MaxInFlight). While more than half of it is
// taken, an address gets a small share of the other half: a client whose answers wait for it to
// read them, as on some connections of HTTP/2, cannot take the room from all others. Until then
// nothing is counted by address.

// sharesOfRoom is how many addresses can take the second half of the room.
const sharesOfRoom = 8

// shares counts the requests of each address that came while the room was half full. Its zero
// value is ready.
type shares struct {
	mu   sync.Mutex
	held map[string]int
}

// take takes a part of the share of an address, and reports whether there was one.
func (s *shares) take(address string, share int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[address] >= share {
		return false
	}
	if s.held == nil {
		s.held = map[string]int{}
	}
	s.held[address]++
	return true
}

// giveBack ends what take began.
func (s *shares) giveBack(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[address]--; s.held[address] == 0 {
		delete(s.held, address)
	}
}

// enterRoom takes a place in the room, which leaveRoom gives back.
func (x *exchange) enterRoom() error {
	s := x.server
	most := s.options.MaxInFlight
	n := s.inFlight.Add(1)
	if n > int64(most) {
		s.inFlight.Add(-1)
		return &problem.Error{Code: problem.Overloaded, Detail: "the server has as many requests as it can answer at once; try again", RetryAfter: time.Second}
	}
	if n <= int64(most-most/2) {
		return nil
	}
	address := x.address()
	if address == "" || s.clientAddr(x.request).IsLoopback() {
		return nil // a proxy on this machine, of which all clients may be
	}
	if !s.shares.take(address, max(1, most/2/sharesOfRoom)) {
		s.inFlight.Add(-1)
		return &problem.Error{Code: problem.Overloaded, Detail: "this address has as many requests under way as one may have while the server is busy; try again, or wait for their answers", RetryAfter: time.Second}
	}
	x.share = address
	return nil
}

func (x *exchange) leaveRoom() {
	if x.share != "" {
		x.server.shares.giveBack(x.share)
	}
	x.server.inFlight.Add(-1)
}

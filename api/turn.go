package api

import (
	"net"
	"net/http"
	"time"

	"herbarium/engine/fault"
)

// A request awaits its turn when its first bytes have come, and once more when it was read
// with its body: a client that sends slowly takes nothing from others. It has had its turn when its handler returns, or when so much
// is sent that a client that reads slowly could hold it.

// maxPlaced is how much is sent of a request that has a place: what the buffers of a
// socket take, without a wait for the client.
const maxPlaced = 32 << 10

// awaitTurn waits until the request may be worked on, once it was read. A request that had
// to wait before it was read is not late.
func (x *exchange) awaitTurn() error {
	if x.turn.Entered() {
		return nil
	}
	c := connOf(x.request)
	if c == nil {
		return x.server.gate.Enter(x.request.Context(), 0, &x.turn, func() {})
	}
	var age time.Duration
	switch c.first().turn.Swap(undecided) {
	case refused:
		return fault.OverloadedError()
	case undecided: // it did not wait, or came with another request
		age = c.first().age()
	}
	err := x.server.gate.Enter(x.request.Context(), age, &x.turn, c.first().place.Leave)
	if err == nil {
		c.first().place.Work()
	}
	return err
}

// endTurn gives back what the request holds, though it goes on.
func (x *exchange) endTurn() {
	if !x.turn.Entered() {
		return
	}
	x.turn.Leave()
	if c := connOf(x.request); c != nil {
		c.first().place.Leave()
	}
}

// connOf returns the connection of a request; nil if it is none of ours.
func connOf(r *http.Request) conn {
	c, _ := r.Context().Value(connKey{}).(net.Conn)
	ours, _ := plain(c).(conn)
	return ours
}

// waiting returns how many requests wait for their turns, and how many were refused.
func (s *Server) waiting() (waiting, refused int64) {
	unread, before := s.reads.Counts()
	read, after := s.gate.Counts()
	return unread + read, before + after
}

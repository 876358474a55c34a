package api

import (
	"net"
	"net/http"

	"herbarium/engine/fault"
)

// A request awaits its turn when its first bytes have come, or when it was read, if it came
// with others; and once more when it was read with its body: a client that sends slowly takes
// nothing from others. It has had its turn when its handler returns, or when so much is sent
// that a client that reads slowly could hold it.

// maxPlaced is how much is sent of a request that has a place: what the buffers of a
// socket take, without a wait for the client.
const maxPlaced = 32 << 10

// awaitTurn waits until the request may be worked on, once it was read.
func (x *exchange) awaitTurn() error {
	if x.turn.Entered() {
		return nil
	}
	if err := x.awaitReading(); err != nil {
		return err
	}
	if err := x.server.gate.Enter(x.request.Context(), &x.turn, x.reading.Wait); err != nil {
		x.reading.Leave()
		return err
	}
	x.reading.Work()
	return nil
}

// awaitReading waits as others do before they are read, unless the request has done so.
func (x *exchange) awaitReading() error {
	if c := connOf(x.request); c != nil {
		switch c.first().turn.Swap(undecided) {
		case refused:
			return fault.OverloadedError()
		case letIn:
			x.reading = c.first().place
			return nil
		}
	}
	x.reading, x.together = x.server.reads.NewReading(), true
	return x.reading.Enter(x.request.Context(), 0, false, func() {})
}

// endTurn gives back what the request holds, though it goes on.
func (x *exchange) endTurn() {
	if x.turn.Entered() {
		x.turn.Leave()
		x.reading.Leave()
	}
}

// leave gives back what the request holds when its handler returns. What it holds as the
// only one of its connection, it has until its answer is written.
func (x *exchange) leave() {
	x.turn.Leave()
	if x.together {
		x.reading.Leave()
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

package api

import (
	"net"
	"time"
)

// A request awaits its turn once it was read with its body: a client that sends slowly
// takes nothing from others. It has had its turn when its handler returns, or when so much
// is sent that a client that reads slowly could hold it.

// maxPlaced is how much is sent of a request that has a place: what the buffers of a
// socket take, without a wait for the client.
const maxPlaced = 32 << 10

// awaitTurn waits until the request may be worked on, once it was read.
func (x *exchange) awaitTurn() error {
	if x.turn.Entered() {
		return nil
	}
	return x.server.gate.Enter(x.request.Context(), x.age(), &x.turn)
}

// age returns how long ago the last bytes of the request arrived, as far as that is known.
func (x *exchange) age() time.Duration {
	c, _ := x.request.Context().Value(connKey{}).(net.Conn)
	if c, ok := plain(c).(*tcpConn); ok {
		return c.age()
	}
	return 0
}

package api

import (
	"container/list"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// A server has a bound on its connections, below that on the files that its process may
// have open: accepting one more would fail, and so would opening a file or connecting to
// a database. Where the bound is reached, a new connection takes the place of the one
// that has waited longest for its next request, as with a client whose idle time is
// over. If all have requests under way, it waits until one does not, in which the time
// limits of reading and writing see to it that slow clients do not stay.

// connections are those of a server.
type connections struct {
	max    int // 0: there is no bound
	logger *slog.Logger
	// freed has an element where there may be room again.
	freed chan struct{}

	mu     sync.Mutex
	open   int
	idle   *list.List                 // of net.Conn, the one that has waited longest first
	places map[net.Conn]*list.Element // in idle
	closed map[net.Conn]bool          // what was closed to make room, and does not count
	told   time.Time                  // when the log was told of the bound
}

func newConnections(most int, logger *slog.Logger) *connections {
	return &connections{max: most, logger: logger, freed: make(chan struct{}, 1),
		idle: list.New(), places: map[net.Conn]*list.Element{}, closed: map[net.Conn]bool{}}
}

// follow follows the state of a connection, which is the one below TLS: closing it does not
// wait for the client.
func (c *connections) follow(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if place, ok := c.places[conn]; ok {
		c.idle.Remove(place)
		delete(c.places, conn)
	}
	switch state {
	case http.StateNew:
		c.open++
	case http.StateIdle:
		if !c.closed[conn] {
			c.places[conn] = c.idle.PushBack(conn)
			c.signal()
		}
	case http.StateClosed, http.StateHijacked:
		if !c.closed[conn] {
			c.open--
			c.signal()
		}
		delete(c.closed, conn)
	}
}

// signal says that there may be room.
func (c *connections) signal() {
	select {
	case c.freed <- struct{}{}:
	default: // it was said
	}
}

// room waits until there is room for one more connection. It reports whether there is,
// and not that the listener was closed.
func (c *connections) room(closed <-chan struct{}) bool {
	for !c.makeRoom() {
		select {
		case <-c.freed:
		case <-closed:
			return false
		}
	}
	return true
}

// tellEvery is how often the log is told at most that the bound is reached.
const tellEvery = time.Minute

// makeRoom reports whether there is room, having closed an idle connection if need be.
func (c *connections) makeRoom() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.max == 0 || c.open < c.max {
		return true
	}
	if now := time.Now(); now.Sub(c.told) > tellEvery {
		c.told = now
		c.logger.Warn("there are as many connections as --max-connections allows; new ones replace those that are idle, or wait", "connections", c.open, "idle", c.idle.Len())
	}
	place := c.idle.Front()
	for place != nil && unread(place.Value.(net.Conn)) {
		place = place.Next()
	}
	if place == nil {
		return false
	}
	conn := c.idle.Remove(place).(net.Conn)
	delete(c.places, conn)
	c.closed[conn] = true
	c.open--
	_ = conn.Close() // it is gone in any case
	return true
}

// unread reports whether a request of the connection waits to be read.
func unread(c net.Conn) bool {
	ours, ok := c.(conn)
	return ok && ours.first().waited.Load()
}

// number returns how many connections there are.
func (c *connections) number() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

package api

import (
	"net"
	"sync/atomic"
	"time"
)

// deadlines are those of a connection, as net/http sets them. They are the client's: time for
// which a request waits until it is read does not count.
type deadlines struct{ read, write atomic.Int64 } // in nanoseconds since 1970; 0: none

func (d *deadlines) setRead(c net.Conn, t time.Time) error {
	note(&d.read, t)
	return c.SetReadDeadline(t)
}

func (d *deadlines) setWrite(c net.Conn, t time.Time) error {
	note(&d.write, t)
	return c.SetWriteDeadline(t)
}

func note(deadline *atomic.Int64, t time.Time) {
	if t.IsZero() {
		deadline.Store(0)
	} else {
		deadline.Store(t.UnixNano())
	}
}

// extend makes up for time for which the client waited.
func (d *deadlines) extend(c net.Conn, waited time.Duration) {
	if t := d.read.Load(); t != 0 {
		_ = d.setRead(c, time.Unix(0, t).Add(waited)) // at worst the connection is closed, and a read says so
	}
	if t := d.write.Load(); t != 0 {
		_ = d.setWrite(c, time.Unix(0, t).Add(waited))
	}
}

package connections

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"herbarium/bench/load"
)

// What slow clients begin with. The first two go on by a byte a second, the third reads
// the answer in that way.
var slowly = []string{
	"GET " + load.MeansPath + " HTTP/1.1\r\nHost: x\r\nX-Slow: ",
	"POST " + load.MeansPath + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{",
	"GET /diamonds/range HTTP/1.1\r\nHost: x\r\n\r\n",
}

// slowReader is the index of the one that only reads.
const slowReader = 2

// crowd are connections that are in the way of others.
type crowd struct {
	idle  []net.Conn
	slow  sync.WaitGroup
	stop  context.CancelFunc
	lost  atomic.Int64 // slow connections that the server ended
	there atomic.Int64 // slow connections that there are
}

// gather opens connections that idle after one answer, and others that are slow. Where
// the server ends a slow one, another takes its place.
func gather(ctx context.Context, address string, idle, slow int) (*crowd, error) {
	c := &crowd{}
	ctx, c.stop = context.WithCancel(ctx)
	for range idle {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			c.idle = append(c.idle, conn)
			err = askOnce(conn)
		}
		if err != nil {
			c.leave()
			return nil, fmt.Errorf("idle connection %d: %w", len(c.idle), err)
		}
	}
	for i := range slow {
		c.slow.Go(func() {
			for ctx.Err() == nil {
				c.trickle(ctx, address, i%len(slowly))
			}
		})
	}
	for c.there.Load() < int64(slow) {
		select {
		case <-ctx.Done():
			c.leave()
			return nil, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return c, nil
}

// leave closes all connections.
func (c *crowd) leave() {
	c.stop()
	for _, conn := range c.idle {
		_ = conn.Close() // nothing is expected of it
	}
	c.slow.Wait()
}

// askOnce asks and reads the answer.
func askOnce(conn net.Conn) error {
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

// trickle is slow on a connection until the server ends it.
func (c *crowd) trickle(ctx context.Context, address string, kind int) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		sleep(ctx)
		return
	}
	defer func() { _ = conn.Close() }()
	c.there.Add(1)
	defer c.there.Add(-1)
	if kind == slowReader {
		_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10) // so that little of the answer is on its way
	}
	if _, err := io.WriteString(conn, slowly[kind]); err != nil {
		return
	}
	piece := []byte("1")
	for sleep(ctx) {
		if kind == slowReader {
			_, err = conn.Read(piece)
		} else {
			_, err = conn.Write(piece)
		}
		if err != nil {
			c.lost.Add(1)
			return
		}
	}
}

// sleep waits for a second. It reports whether the time is not over.
func sleep(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(time.Second):
		return true
	}
}

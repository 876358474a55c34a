// Package load asks a server over HTTP as many clients do: at a constant rate
// whatever the server does (open), or each the next as soon as the last is
// answered (closed). It writes and reads bytes itself, since a real client
// would be most of what is measured.
package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Request is one that clients send.
type Request struct {
	Kind  int    // an index of what times are told apart by, from 0
	Bytes []byte // all of it, with its header
	// Check looks at the body of the answer; nil takes any. Connections call
	// it at once.
	Check func(body []byte) error
}

// Clients ask a server over connections that stay open.
type Clients struct {
	address string
	next    func(i int64) Request
	conns   []*conn
	used    time.Time // when they last asked
}

// conn is one connection.
type conn struct {
	net.Conn
	r    *bufio.Reader
	body bytes.Buffer // of the answer last checked
}

// Dial opens connections to the address, host and port, over which each
// request, whole with its header, will go.
func Dial(ctx context.Context, address, request string, connections int) (*Clients, error) {
	same := Request{Bytes: []byte(request)}
	return DialMix(ctx, address, func(int64) Request { return same }, connections)
}

// DialMix opens connections over which many a request goes: next returns the
// i-th, from 0, and is called by all connections at once.
func DialMix(ctx context.Context, address string, next func(i int64) Request, connections int) (*Clients, error) {
	c := &Clients{address: address, next: next}
	return c, c.dial(ctx, connections)
}

func (c *Clients) dial(ctx context.Context, connections int) error {
	for range connections {
		opened, err := new(net.Dialer).DialContext(ctx, "tcp", c.address)
		if err != nil {
			c.Close()
			return err
		}
		c.conns = append(c.conns, &conn{Conn: opened, r: bufio.NewReaderSize(opened, 16<<10)})
	}
	c.used = time.Now()
	return nil
}

// maxIdle is how long connections may wait for their next request: servers
// close those that say nothing.
const maxIdle = 20 * time.Second

// refresh opens the connections anew where they waited for long.
func (c *Clients) refresh(ctx context.Context) error {
	if time.Since(c.used) < maxIdle {
		return nil
	}
	connections := len(c.conns)
	c.Close()
	return c.dial(ctx, connections)
}

// Close closes the connections.
func (c *Clients) Close() {
	for _, conn := range c.conns {
		_ = conn.Close() // nothing more is to come
	}
	c.conns = nil
}

// Ask asks once, the first request, and returns the answer's body.
func (c *Clients) Ask() ([]byte, error) { return c.AskFor(c.next(0).Bytes) }

// AskFor sends a request of the caller's, and returns the answer's body.
func (c *Clients) AskFor(request []byte) ([]byte, error) {
	var body bytes.Buffer
	err := c.conns[0].ask(request, &body)
	return body.Bytes(), err
}

// Saturate asks total times, on all connections as fast as answers come.
func (c *Clients) Saturate(ctx context.Context, total int) error {
	if err := c.refresh(ctx); err != nil {
		return err
	}
	var next atomic.Int64
	return c.each(func(conn *conn) error {
		for {
			i := next.Add(1) - 1
			if i >= int64(total) {
				return nil
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := conn.do(c.next(i)); err != nil {
				return err
			}
		}
	})
}

// Open asks at a constant rate, by the second, for a while. A request counts
// from when it was meant to start, so one that waits for a connection because
// answers are late is late itself.
func (c *Clients) Open(ctx context.Context, rate float64, during time.Duration) (*Latencies, error) {
	if err := c.refresh(ctx); err != nil {
		return nil, err
	}
	total := int64(rate * during.Seconds())
	all := make([]timed, total)
	// A thread that sleeps keeps its place among Go's for a while.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(len(c.conns) + 2))
	var next atomic.Int64
	began := time.Now()
	err := c.each(func(conn *conn) error {
		for {
			i := next.Add(1) - 1
			if i >= total {
				return nil
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			request := c.next(i)
			intended := began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
			sleepUntil(intended)
			if err := conn.do(request); err != nil {
				return err
			}
			all[i] = timed{request.Kind, time.Since(intended)}
		}
	})
	return newLatencies(rate, all, time.Since(began)), err
}

// each runs work for every connection at once.
func (c *Clients) each(work func(*conn) error) error {
	errs := make([]error, len(c.conns))
	var all sync.WaitGroup
	for i, conn := range c.conns {
		all.Go(func() { errs[i] = work(conn) })
	}
	all.Wait()
	c.used = time.Now()
	return errors.Join(errs...)
}

// do sends the request and looks at its answer.
func (c *conn) do(r Request) error {
	if r.Check == nil {
		return c.ask(r.Bytes, io.Discard)
	}
	c.body.Reset()
	if err := c.ask(r.Bytes, &c.body); err != nil {
		return err
	}
	return r.Check(c.body.Bytes())
}

// ask sends the request and writes the answer's body to w. The answer is 200
// and says how long it is.
func (c *conn) ask(request []byte, w io.Writer) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	status, err := c.r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if err := isSuccess(status); err != nil {
		return err
	}
	return c.rest(w)
}

// isSuccess returns the error that a status line other than that of 200 is.
func isSuccess(line []byte) error {
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("the server answered %s", bytes.TrimSpace(line))
	}
	return nil
}

// rest reads what follows the status line and writes the body to w.
func (c *conn) rest(w io.Writer) (err error) {
	size := int64(-1)
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) == len("\r\n") {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte("Content-Length")) {
			if size, err = strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64); err != nil {
				return err
			}
		}
	}
	if size < 0 {
		return errors.New("the answer does not say how long it is")
	}
	_, err = io.CopyN(w, c.r, size)
	return err
}

// Get returns the bytes of a GET.
func Get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: bench\r\n\r\n" }

// Post returns the bytes of a POST of JSON.
func Post(path, body string) string {
	return strings.Join([]string{"POST " + path + " HTTP/1.1", "Host: bench", "Content-Type: application/json",
		"Content-Length: " + strconv.Itoa(len(body)), "", body}, "\r\n")
}

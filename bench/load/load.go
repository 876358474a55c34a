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
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Clients ask a server the same over connections that stay open.
type Clients struct {
	request []byte
	conns   []*conn
}

// conn is one connection.
type conn struct {
	net.Conn
	r *bufio.Reader
}

// Dial opens connections to the address, host and port, over which each
// request, whole with its header, will go.
func Dial(ctx context.Context, address, request string, connections int) (*Clients, error) {
	c := &Clients{request: []byte(request)}
	for range connections {
		opened, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			c.Close()
			return nil, err
		}
		c.conns = append(c.conns, &conn{opened, bufio.NewReaderSize(opened, 16<<10)})
	}
	return c, nil
}

// Close closes the connections.
func (c *Clients) Close() {
	for _, conn := range c.conns {
		_ = conn.Close() // nothing more is to come
	}
}

// Ask asks once and returns the answer's body.
func (c *Clients) Ask() ([]byte, error) {
	var body bytes.Buffer
	err := c.conns[0].ask(c.request, &body)
	return body.Bytes(), err
}

// Saturate asks total times, on all connections as fast as answers come.
func (c *Clients) Saturate(ctx context.Context, total int) error {
	var left atomic.Int64
	left.Store(int64(total))
	return c.each(func(conn *conn) error {
		for left.Add(-1) >= 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := conn.ask(c.request, io.Discard); err != nil {
				return err
			}
		}
		return nil
	})
}

// Open asks at a constant rate, by the second, for a while. A request counts
// from when it was meant to start, so one that waits for a connection because
// answers are late is late itself.
func (c *Clients) Open(ctx context.Context, rate float64, during time.Duration) (*Latencies, error) {
	total := int64(rate * during.Seconds())
	all := make([]time.Duration, total)
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
			intended := began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
			time.Sleep(time.Until(intended))
			if err := conn.ask(c.request, io.Discard); err != nil {
				return err
			}
			all[i] = time.Since(intended)
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
	return errors.Join(errs...)
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
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("the server answered %s", bytes.TrimSpace(status))
	}
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

// Post returns the bytes of a POST of JSON.
func Post(path, body string) string {
	return strings.Join([]string{"POST " + path + " HTTP/1.1", "Host: bench", "Content-Type: application/json",
		"Content-Length: " + strconv.Itoa(len(body)), "", body}, "\r\n")
}

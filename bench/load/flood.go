package load

import (
	"bytes"
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Flooded is what came of asking a server more than it can answer.
type Flooded struct {
	*Latencies       // of the requests that it answered
	Refused    int64 // how many it answered with 503
	Sheds      *Latencies
}

// Flood asks on all connections for a while, each the next as soon as the last was
// answered or refused. The i-th answer is not looked at.
func (c *Clients) Flood(ctx context.Context, during time.Duration) (*Flooded, error) {
	if err := c.refresh(ctx); err != nil {
		return nil, err
	}
	var next atomic.Int64
	var mu sync.Mutex
	var answered, refused []timed
	began := time.Now()
	err := c.each(func(conn *conn) error {
		var mine, shed []timed
		for time.Since(began) < during {
			if err := ctx.Err(); err != nil {
				return err
			}
			request := c.next(next.Add(1) - 1)
			sent := time.Now()
			status, err := conn.asks(request.Bytes)
			if err != nil {
				return err
			}
			took := timed{request.Kind, time.Since(sent)}
			if status == unavailable {
				shed = append(shed, took)
			} else {
				mine = append(mine, took)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		answered, refused = append(answered, mine...), append(refused, shed...)
		return nil
	})
	took := time.Since(began)
	return &Flooded{newLatencies(0, answered, took), int64(len(refused)), newLatencies(0, refused, took)}, err
}

// The statuses that Flood tells apart.
const (
	success     = 200
	unavailable = 503
)

// asks sends the request and returns the status, which is success or unavailable.
func (c *conn) asks(request []byte) (int, error) {
	if _, err := c.Write(request); err != nil {
		return 0, err
	}
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if bytes.HasPrefix(line, []byte("HTTP/1.1 503 ")) {
		return unavailable, c.rest(io.Discard)
	}
	if err := isSuccess(line); err != nil {
		return 0, err
	}
	return success, c.rest(io.Discard)
}

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
}

// Flood asks on all connections for a while, each the next as soon as the last was
// answered or refused. What ends later counts for nothing. Answers are not looked at.
func (c *Clients) Flood(ctx context.Context, during time.Duration) (*Flooded, error) {
	if err := c.refresh(ctx); err != nil {
		return nil, err
	}
	var next, refused atomic.Int64
	var mu sync.Mutex
	var answered []timed
	began := time.Now()
	err := c.each(func(conn *conn) error {
		var mine []timed
		for time.Since(began) < during {
			if err := ctx.Err(); err != nil {
				return err
			}
			request := c.next(next.Add(1) - 1)
			sent := time.Now()
			status, err := conn.asks(request.Bytes)
			switch {
			case err != nil:
				return err
			case time.Since(began) > during:
			case status == unavailable:
				refused.Add(1)
			default:
				mine = append(mine, timed{request.Kind, time.Since(sent)})
			}
		}
		mu.Lock()
		defer mu.Unlock()
		answered = append(answered, mine...)
		return nil
	})
	return &Flooded{newLatencies(0, answered, during), refused.Load()}, err
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

package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"herbarium/api/problem"
	"herbarium/engine/fault"
	"herbarium/engine/memory"
	"herbarium/schemas"
)

// body is a request's body, in memory that is reused.
type body struct {
	bytes []byte
	claim *memory.Claim // of a large one
}

// bodies holds bodies between requests, except large ones, whose memory is
// returned.
var bodies = sync.Pool{New: func() any { return &body{bytes: make([]byte, 0, 1024)} }}

const maxPooledBody = 64 << 10

// parsedValue is how much memory a value takes while a body is parsed: its node, in a list that
// grows, and its place among those that were seen before, where it has to be distinct.
const parsedValue = 256

// parsedMemory is how much memory a body takes at most while it is parsed, of which there is a copy
// then. There are no more values than commas and brackets.
func parsedMemory(b []byte) int64 {
	values := 1
	for _, begin := range []string{",", "[", "{"} {
		values += bytes.Count(b, []byte(begin))
	}
	return int64(len(b)) + int64(values)*parsedValue
}

// claimParsing takes the memory for parsing the body, if it is a large one.
func (b *body) claimParsing() error {
	if len(b.bytes) <= maxPooledBody {
		return nil
	}
	err := b.claim.Take(parsedMemory(b.bytes))
	if fault.CodeOf(err) == fault.TooExpensive {
		return &fault.Error{Code: fault.TooExpensive, Detail: "reading the body takes more memory than this server gives to one query; send fewer values in it", Err: err}
	}
	return err
}

func (b *body) release() {
	b.claim.Release()
	b.claim = nil
	if cap(b.bytes) <= maxPooledBody {
		b.bytes = b.bytes[:0]
		bodies.Put(b)
	}
}

// body reads the request's body, which must be JSON or nothing. The caller
// releases it.
func (x *exchange) body() (*body, error) {
	r, limit := x.request, x.server.options.MaxBody
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	if r.ContentLength > 0 { // before it is read
		if err := checkMediaType(r.Header); err != nil {
			return nil, err
		}
	}
	b := bodies.Get().(*body)
	b.claim = x.server.engine.Memory().Claim()
	err := b.fill(r, limit)
	if err == nil && r.ContentLength <= 0 {
		err = x.checkBody(len(b.bytes) == 0)
	}
	if err == nil {
		err = b.claimParsing()
	}
	if err != nil {
		b.release()
		return nil, err
	}
	// net/http goes on reading, to notice when the client leaves. The read
	// deadline would end the request while its answer is sent.
	_ = http.NewResponseController(x.ResponseWriter).SetReadDeadline(time.Time{})
	return b, nil
}

// readAhead reads the request's body, for a handler that reads bodies itself. What cannot be
// read, or is too much, the handler finds out. The caller releases the body's claim once the
// handler has answered.
func (x *exchange) readAhead() (*body, error) {
	r := x.request
	b := &body{claim: x.server.engine.Memory().Claim()}
	if r.ContentLength == 0 {
		return b, nil // it has had its turn
	}
	rest := io.Reader(r.Body)
	var unread *problem.Error
	switch err := b.fill(r, x.server.options.MaxBody); {
	case errors.As(err, &unread) && unread.Code != problem.TooLarge:
		rest = failingReader{err}
	case err != nil && unread == nil:
		return b, err
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(b.bytes), rest), r.Body}
	return b, b.claimParsing()
}

// failingReader is a reader that fails.
type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

// checkBody refuses a body that is not JSON. A POST without a body asks for
// everything, whatever its Content-Type: clients send one by themselves. A QUERY
// without a body but with a Content-Type is refused: after a redirect with 301 or
// 302, curl -L, requests and others send a QUERY on without its body and with its
// Content-Type, and would get every row for the few that they asked for.
func (x *exchange) checkBody(empty bool) error {
	h := x.request.Header
	switch {
	case !empty:
		return checkMediaType(h)
	case x.request.Method != methodQuery:
		return nil
	case h["Content-Type"] == nil:
		return checkMediaType(h) // which says what to send
	default:
		const detail = "the QUERY has a Content-Type and no body, as after a redirect that dropped it; send {} for everything"
		return &problem.Error{Code: problem.EmptyBody, Detail: detail}
	}
}

func (b *body) fill(r *http.Request, limit int64) error {
	if r.ContentLength == 0 {
		return nil
	}
	for {
		if len(b.bytes) == cap(b.bytes) {
			if cap(b.bytes) >= maxPooledBody {
				if err := b.claim.Take(int64(cap(b.bytes))); err != nil {
					return err
				}
			}
			b.bytes = append(b.bytes, 0)[:len(b.bytes)]
		}
		n, err := r.Body.Read(b.bytes[len(b.bytes):cap(b.bytes)])
		b.bytes = b.bytes[:len(b.bytes)+n]
		if int64(len(b.bytes)) > limit {
			return tooLarge(limit)
		}
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return &problem.Error{Code: problem.SlowBody, Detail: "the body did not arrive in the time that the server gives it", CloseConnection: true}
		case err != nil:
			return &problem.Error{Code: problem.BrokenBody, Detail: "the body could not be read to its end", CloseConnection: true, Cause: err}
		}
	}
}

func tooLarge(limit int64) error {
	detail := "the body has more than " + strconv.FormatInt(limit, 10) + " bytes, which is the maximum"
	return &problem.Error{Code: problem.TooLarge, Detail: detail, CloseConnection: true,
		Violations: []schemas.Violation{{Code: problem.TooLarge, Detail: detail}}}
}

// checkMediaType refuses a body that is not plain JSON in UTF-8, and says what to
// send instead.
func checkMediaType(h http.Header) error {
	if sent := h["Content-Type"]; len(sent) == 1 && sent[0] == jsonType[0] && h["Content-Encoding"] == nil {
		return nil // the usual case
	}
	if coding := h.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return &problem.Error{Code: problem.UnsupportedMediaType, Detail: "the body has Content-Encoding: " + schemas.Clip(coding) + "; send it as it is, without that header"}
	}
	sent := h.Get("Content-Type")
	const send = "send the header Content-Type: application/json with a JSON body"
	if sent == "" {
		return &problem.Error{Code: problem.UnsupportedMediaType, Detail: "the body has no Content-Type; " + send}
	}
	mediaType, parameters, err := mime.ParseMediaType(sent)
	if charset := parameters["charset"]; err == nil && mediaType == "application/json" && !isUTF8(charset) {
		return &problem.Error{Code: problem.UnsupportedMediaType, Detail: "JSON is UTF-8, not " + schemas.Clip(charset) + "; " + send}
	}
	switch {
	case err == nil && mediaType == "application/json":
		return nil
	case mediaType == "application/x-www-form-urlencoded":
		return &problem.Error{Code: problem.UnsupportedMediaType, Detail: "the body's Content-Type is " + mediaType +
			", which curl -d and some libraries send by themselves; " + send + " (curl -H 'Content-Type: application/json' -d …)"}
	default:
		return &problem.Error{Code: problem.UnsupportedMediaType, Detail: "the body's Content-Type is " + schemas.Clip(sent) + "; " + send}
	}
}

// isUTF8 reports whether a charset is UTF-8 or a part of it, as clients name it.
func isUTF8(charset string) bool {
	switch strings.ToLower(charset) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return true
	default:
		return false
	}
}

package api

import (
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
	"herbarium/schemas"
)

// body is a request's body, in memory that is reused.
type body struct{ bytes []byte }

// bodies holds bodies between requests, except large ones, whose memory is
// returned.
var bodies = sync.Pool{New: func() any { return &body{bytes: make([]byte, 0, 1024)} }}

const maxPooledBody = 64 << 10

func (b *body) release() {
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
	// A QUERY needs a media type even if its body is empty.
	if r.ContentLength != 0 || r.Header["Content-Type"] != nil || r.Method == methodQuery {
		if err := checkMediaType(r.Header); err != nil {
			return nil, err
		}
	}
	b := bodies.Get().(*body)
	if err := b.fill(r, limit); err != nil {
		b.release()
		return nil, err
	}
	// net/http goes on reading, to notice when the client leaves. The read
	// deadline would end the request while its answer is sent.
	_ = http.NewResponseController(x.ResponseWriter).SetReadDeadline(time.Time{})
	return b, nil
}

func (b *body) fill(r *http.Request, limit int64) error {
	if r.ContentLength == 0 {
		return nil
	}
	for {
		if len(b.bytes) == cap(b.bytes) {
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
	if charset := parameters["charset"]; err == nil && mediaType == "application/json" && charset != "" && !strings.EqualFold(charset, "utf-8") {
		return &problem.Error{Code: problem.UnsupportedMediaType, Detail: "JSON is UTF-8, not " + schemas.Clip(charset) + "; " + send}
	}
	switch {
	case err == nil && mediaType == "application/json":
		return nil
	case mediaType == "application/x-www-form-urlencoded":
		return &problem.Error{Code: problem.UnsupportedMediaType, Detail: "the body's Content-Type is " + mediaType +
			", which is what curl -d sends by itself; " + send + " (curl -H 'Content-Type: application/json' -d …)"}
	default:
		return &problem.Error{Code: problem.UnsupportedMediaType, Detail: "the body's Content-Type is " + schemas.Clip(sent) + "; " + send}
	}
}

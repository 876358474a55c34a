package api

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"

	"herbarium/api/auth"
	"herbarium/api/openapi"
	"herbarium/api/overload"
	"herbarium/api/problem"
	"herbarium/datasets"
)

// exchange is one request and its response. It is the http.ResponseWriter of all
// handlers of this package, and records what was sent.
type exchange struct {
	http.ResponseWriter
	server  *Server
	request *http.Request
	match   mux.RouteMatch
	started time.Time
	routed  *http.Request // the request, with its path below the base path
	base    string        // what the client sees before that path

	// snapshot are the datasets that the caller sees; full says that these are all, with
	// what is broken.
	snapshot *datasets.Snapshot
	caller   *auth.Caller // nil where the server does not ask, or could not find out
	denied   error        // why the caller is not let in; nil if it is
	full     bool

	id string
	// lines are values of headers, kept here to avoid allocations.
	lines [3][1]string

	status int // 0 until the header is sent
	sent   int64
	cut    bool // the connection was cut, since the answer could not be completed
	slow   bool // the client did not take a piece of the answer in time
	// deadline is when the client must have taken the current piece.
	deadline time.Time
	code     string // of the problem that was sent
	failed   error  // why the request failed, for the log
	stack    []byte // of a panic

	record record
	turn   overload.Place
	// reading is what the request holds of those that are read: its connection's, or its own
	// if it came together with others.
	reading  *overload.Reading
	together bool
	admin    bool        // it came to ServeAdmin's listener
	again    atomic.Bool // more than one message in it was counted for its caller
}

// These are values of headers, made once.
var (
	noSniff         = []string{"nosniff"}
	noStore         = []string{"no-store"}
	noCache         = []string{"no-cache"}
	jsonType        = []string{"application/json"}
	schemaType      = []string{"application/schema+json"}
	explanationType = []string{openapi.ExplanationType}
	problemType     = []string{problem.MediaType}
	closeConnection = []string{"close"}
)

// panicError is a panic of a handler.
type panicError struct{ value any }

func (p panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// writeError is a failure to send: the client left, or is too slow.
type writeError struct{ error }

// identify uses the request's own id, or makes one. A credential is no id: ids are logged.
func (x *exchange) identify() {
	if sent := x.request.Header["X-Request-Id"]; len(sent) == 1 && validID(sent[0]) && auth.Redact(sent[0]) == sent[0] {
		x.id = sent[0]
	} else {
		x.id = newID()
	}
	x.Header()["X-Request-Id"] = x.line(lineID, x.id)
}

// newID makes the id of a request that has none.
func newID() string {
	var b [16]byte
	for i, n := len(b)-1, rand.Uint64(); i >= 0; i, n = i-1, n>>4 {
		b[i] = "0123456789abcdef"[n&15]
	}
	return string(b[:])
}

// The indexes of lines.
const (
	lineID = iota
	lineTag
	lineLength
)

// line returns value as the value of a header.
func (x *exchange) line(place int, value string) []string {
	x.lines[place][0] = value
	return x.lines[place][:]
}

// validID reports whether an id can stand in logs as it is.
func validID(id string) bool {
	if len(id) == 0 || len(id) > 128 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// WriteHeader sends the status and the header. Vary goes out as one line: of several,
// nginx 1.22.1 heeds one in its cache, and would give an answer to whom it is not for.
func (x *exchange) WriteHeader(status int) {
	x.status = status
	if vary := x.Header()["Vary"]; len(vary) > 1 {
		x.Header()["Vary"] = []string{strings.Join(vary, ", ")}
	}
	x.tellLeft()
	x.extendDeadline()
	x.ResponseWriter.WriteHeader(status)
}

// maxWrite is how much a client has to accept within ChunkTimeout. Each piece
// costs two writes to the connection; the first one only completes net/http's
// small buffer.
const maxWrite = 256 << 10

// Write sends bytes in pieces, each of which has its own deadline: a client that
// stops reading is cut off, one that reads a long answer is not.
func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.WriteHeader(http.StatusOK)
	}
	written := 0
	for {
		if x.sent > 0 { // the first piece has the deadline of the header
			x.extendDeadline()
		}
		piece := b[written:min(len(b), written+maxWrite)]
		if x.sent+int64(len(piece)) > maxPlaced {
			x.endTurn() // the client may be slow
		}
		n, err := x.ResponseWriter.Write(piece)
		x.record.sending += time.Since(x.deadline) + x.server.options.ChunkTimeout
		written += n
		x.sent += int64(n)
		if err != nil {
			return written, x.unsent(err)
		}
		if written == len(b) {
			return written, nil
		}
	}
}

// extendDeadline gives the next piece its time. A writer without deadlines, such as a
// test's recorder, goes without.
func (x *exchange) extendDeadline() {
	x.deadline = time.Now().Add(x.server.options.ChunkTimeout)
	_ = http.NewResponseController(x.ResponseWriter).SetWriteDeadline(x.deadline)
}

// flush sends what is still buffered.
func (x *exchange) flush() error {
	err := http.NewResponseController(x.ResponseWriter).Flush()
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return x.unsent(err)
	}
	return nil
}

// unsent returns the failure to send a piece, and notes whether the client was
// slow. HTTP/2 says only that the stream is closed, so the time counts too.
func (x *exchange) unsent(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) || !time.Now().Before(x.deadline) {
		x.slow = true
		err = fmt.Errorf("the client did not take the next piece of the answer within %v: %w", x.server.options.ChunkTimeout, err)
	}
	return writeError{err}
}

// send answers with the whole of body.
func (x *exchange) send(status int, contentType []string, body []byte) error {
	h := x.Header()
	h["Content-Type"] = contentType
	h["Content-Length"] = x.line(lineLength, strconv.Itoa(len(body)))
	x.WriteHeader(status)
	if x.request.Method == http.MethodHead {
		return nil
	}
	_, err := x.Write(body)
	return err
}

// fail answers with the error's problem. If bytes were sent already, or the client
// left, it cuts the connection instead, by panicking with http.ErrAbortHandler:
// a client must not take a part for the whole.
func (x *exchange) fail(err error) {
	x.failed = err
	if x.status == 0 && !x.clientGone() && x.sendProblem(problem.Of(err)) == nil {
		return
	}
	x.cut = true
	x.reset()
	panic(http.ErrAbortHandler)
}

// clientGone reports whether the failure is the client's leaving.
func (x *exchange) clientGone() bool {
	var unsent writeError
	if errors.As(x.failed, &unsent) {
		return true
	}
	// A body that cannot be read ends the context too, and is worth an answer.
	var p *problem.Error
	return x.request.Context().Err() != nil && (!errors.As(x.failed, &p) || !p.CloseConnection)
}

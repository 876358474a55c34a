package api

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"herbarium/api/problem"
)

// The values of Accept-Ranges (RFC 9110, 14.3), made once.
var (
	rangesOfBytes = []string{"bytes"}
	noRanges      = []string{"none"}
)

func acceptRanges(taken bool) []string {
	if taken {
		return rangesOfBytes
	}
	return noRanges
}

// takesRanges reports whether ranges are defined for the request's method: GET
// (RFC 9110, 14.2) and QUERY (RFC 10008). HEAD names them.
func takesRanges(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == methodQuery
}

// bytesUnit is how the ranges begin that are understood; others are ignored (RFC
// 9110, 14.2).
const bytesUnit = "bytes="

// wantsRange reports whether the request asks for a range of its answer. Several
// ranges at once are ignored: no reader of these formats asks for them, and they
// can make an answer larger than the whole.
func wantsRange(r *http.Request) bool {
	if r.Method == http.MethodHead || !takesRanges(r) {
		return false
	}
	lines := r.Header["Range"]
	return len(lines) == 1 && len(lines[0]) >= len(bytesUnit) && strings.EqualFold(lines[0][:len(bytesUnit)], bytesUnit) &&
		!strings.Contains(lines[0], ",")
}

// sendRange sends the range that the request asks for, or all of the content if
// If-Range names another answer, or if the range is malformed. The header that is
// set is that of the whole answer.
func (x *exchange) sendRange(content io.ReadSeeker, size int64) error {
	// The other conditions are decided before.
	r := &http.Request{Method: http.MethodGet, Header: http.Header{"If-Range": x.request.Header["If-Range"]}}
	asked := x.request.Header["Range"][0][len(bytesUnit):]
	if isEmptySuffix(asked) {
		asked = strconv.FormatInt(size, 10) + "-" // nothing satisfies it either, as http.ServeContent knows
	}
	r.Header["Range"] = []string{bytesUnit + asked}
	h := x.Header()
	tag, cache := h["Etag"], h["Cache-Control"]
	w := &rangeWriter{exchange: x}
	http.ServeContent(w, r, "", time.Time{}, content)
	if w.refused && h["Content-Range"] != nil {
		return &problem.Error{Code: problem.RangeUnsatisfiable, Detail: "the answer has " + strconv.FormatInt(size, 10) + " bytes; ask for a range within them"}
	}
	if w.refused {
		h["Etag"], h["Cache-Control"] = tag, cache
		w.refused = false
		delete(r.Header, "Range")
		http.ServeContent(w, r, "", time.Time{}, content)
	}
	if length := h.Get("Content-Length"); w.err == nil && length != strconv.FormatInt(x.sent, 10) {
		return fmt.Errorf("read the kept answer: %d bytes of %s came", x.sent, length)
	}
	return w.err
}

// isEmptySuffix reports whether a range is the last 0 bytes, which cannot be had (RFC 9110, 14.1.2).
func isEmptySuffix(asked string) bool {
	suffix, found := strings.CutPrefix(strings.Trim(asked, " \t"), "-")
	return found && suffix != "" && strings.Trim(suffix, "0") == ""
}

// rangeWriter leaves out http.ServeContent's own text for a range that cannot be
// had, and keeps the error that it drops.
type rangeWriter struct {
	*exchange
	refused bool
	err     error
}

// WriteHeader sends the header unless it is a refusal.
func (w *rangeWriter) WriteHeader(status int) {
	if w.refused = status == http.StatusRequestedRangeNotSatisfiable; !w.refused {
		w.exchange.WriteHeader(status)
	}
}

// Write sends b unless it is the text of a refusal.
func (w *rangeWriter) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	n, err := w.exchange.Write(b)
	if err != nil {
		w.err = err
	}
	return n, err
}

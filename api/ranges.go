package api

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"

	"herbarium/api/problem"
	"herbarium/engine"
)

// Ranges of answers (RFC 9110, 14): one range of bytes of an answer whose size and
// strong tag are known, which are those that the cache keeps. Readers of Parquet ask
// for the end of a file first, and then for the columns that they need.

// byteRange is a part of an answer.
type byteRange struct{ first, length int64 }

// Values of Accept-Ranges.
var (
	acceptBytes = []string{"bytes"}
	acceptNone  = []string{"none"}
)

// requestedRange returns the part of an answer of that size and tag that the request
// asks for, or nil for all of it: a Range that is malformed, or lists several ranges,
// is ignored, and so is one whose If-Range names another answer. A range beyond the
// end is an error.
func (x *exchange) requestedRange(size int64, tag string) (*byteRange, error) {
	header := x.request.Header
	if len(header["Range"]) != 1 || x.request.Method != http.MethodGet {
		return nil, nil
	}
	if condition := header["If-Range"]; condition != nil && (len(condition) != 1 || condition[0] != tag) {
		return nil, nil
	}
	unit, spec, _ := strings.Cut(header["Range"][0], "=")
	from, to, ok := strings.Cut(strings.TrimSpace(spec), "-")
	if !strings.EqualFold(strings.TrimSpace(unit), "bytes") || !ok || !digitsOrNone(from) || !digitsOrNone(to) || from+to == "" {
		return nil, nil
	}
	first, last := number(from, size), number(to, size)
	switch {
	case from == "": // the last bytes
		first, last = max(0, size-last), size-1
	case to == "":
		last = size - 1
	case last < first:
		return nil, nil
	}
	if last = min(last, size-1); first >= size || first > last {
		x.Header()["Content-Range"] = []string{"bytes */" + strconv.FormatInt(size, 10)}
		return nil, &problem.Error{Code: problem.RangeNotSatisfiable,
			Detail: "the answer has " + strconv.FormatInt(size, 10) + " bytes, and the range begins after them"}
	}
	return &byteRange{first, last - first + 1}, nil
}

func digitsOrNone(s string) bool { return strings.Trim(s, "0123456789") == "" }

// number reads digits, as limit where they are more than an int64 holds.
func number(digits string, limit int64) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return limit
	}
	return n
}

// sendRange answers with a part of the answer, whose headers are set.
func (x *exchange) sendRange(ctx context.Context, a *engine.Answer, part *byteRange) error {
	size := a.Size
	skip, left := part.first, part.length
	h := x.Header()
	h["Content-Range"] = []string{"bytes " + strconv.FormatInt(skip, 10) + "-" + strconv.FormatInt(skip+left-1, 10) + "/" + strconv.FormatInt(size, 10)}
	h["Content-Length"] = x.line(lineLength, strconv.FormatInt(left, 10))
	x.WriteHeader(http.StatusPartialContent)
	for left > 0 {
		chunk, err := a.Next(ctx)
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if skip >= int64(len(chunk)) {
			skip -= int64(len(chunk))
			continue
		}
		chunk = chunk[skip:]
		chunk = chunk[:min(left, int64(len(chunk)))]
		skip, left = 0, left-int64(len(chunk))
		if _, err := x.Write(chunk); err != nil {
			return err
		}
	}
	return nil
}

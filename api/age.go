package api

import (
	"net/http"
	"strconv"
	"time"
)

// aged sets the headers of an answer whose rows were read at that time, and may have been
// changed since by something else than a load; none for the zero time. Every change before
// Last-Modified is in the answer.
func (x *exchange) aged(read time.Time) {
	if read.IsZero() {
		return
	}
	h := x.Header()
	h["Last-Modified"] = []string{read.UTC().Format(http.TimeFormat)}
	h["Age"] = []string{strconv.FormatInt(max(0, int64(time.Since(read)/time.Second)), 10)}
}

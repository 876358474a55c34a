package load

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

func TestFloodTellsAnswersAndRefusalsApart(t *testing.T) {
	var asked atomic.Int64
	c := serve(t, 4, func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1)%4 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	f, err := c.Flood(t.Context(), 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	answered := int64(f.Count())
	if all := asked.Load(); answered == 0 || f.Refused == 0 || answered+f.Refused > all || answered+f.Refused < all-4 {
		t.Errorf("%d asked, %d answered, %d refused", all, answered, f.Refused)
	}
	if f.Achieved != float64(answered)/0.1 {
		t.Errorf("%v a second", f.Achieved)
	}
	c = serve(t, 1, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	if _, err := c.Flood(t.Context(), time.Second); err == nil {
		t.Error("another status is no error")
	}
}

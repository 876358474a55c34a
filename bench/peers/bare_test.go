package peers

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

func TestABareServerWritesTheAnswerItWasGiven(t *testing.T) {
	header := http.Header{"Content-Type": {"application/json"}, "Etag": {`"x"`}, "X-Request-Id": {"0123"}, "Date": {"Tue, 24 Nov 2026 18:39:41 GMT"}}
	path, err := (&Answer{header, []byte("[1,2]")}).keep(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := readAnswer(path)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	answer.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"a":1}`)))
	if got := w.Body.String(); w.Code != http.StatusOK || got != "[1,2]" {
		t.Errorf("%d %s", w.Code, got)
	}
	// net/http writes Date itself.
	want := http.Header{"Content-Type": {"application/json"}, "Content-Length": {"5"}, "Etag": {`"x"`}, "X-Request-Id": {"0123"}}
	if got := w.Header(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

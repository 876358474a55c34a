package api

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNotReadySaysWhyWithoutTheInside(t *testing.T) {
	cases := []struct {
		name  string
		store *fakeStore
		ready error
		want  string
	}{
		{"the store is away", &fakeStore{ping: errors.New("dial 10.0.0.7")}, nil,
			`{"type":"urn:herbarium:problem:store_unavailable","title":"The store is unavailable","status":503,"detail":"the store cannot be reached","instance":"/readyz","code":"store_unavailable","datasets":[{"name":"rocks","state":"unknown"}]}`},
		{"the store still fills", &fakeStore{}, errors.New("rocks is being loaded"),
			`{"type":"urn:herbarium:problem:not_loaded","title":"The dataset is not loaded","status":503,"detail":"rocks is being loaded","instance":"/readyz","code":"not_loaded","datasets":[{"name":"rocks","state":"ready"}]}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, c.store, Options{Ready: func(context.Context) error { return c.ready }})
			r := call(s, http.MethodGet, "/readyz", "")
			if diff := cmp.Diff(c.want, bodyOf(t, r)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r.StatusCode != 503 || r.Header.Get("Retry-After") != "1" {
				t.Errorf("%d %v", r.StatusCode, r.Header)
			}
		})
	}
}

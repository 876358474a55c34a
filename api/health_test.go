package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
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

func TestRowsThatCannotBeReadAreToldAndStopNoOther(t *testing.T) {
	fault := &fault.Error{Code: fault.StoreUnavailable, Detail: "the rows of rocks are damaged",
		Err: fmt.Errorf("%w: /srv/rows", fault.ErrUnreadable)}
	cases := []struct {
		name  string
		store *perDataset
		rows  string
	}{
		{"when they are opened", &perDataset{table: fault}, `"rows":null,"version":null`},
		{"when they are read", &perDataset{fault: fault}, `"rows":2,"version":"v"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.store.fakeStore = &fakeStore{version: "v", rows: 2}
			s := serverOf(t, c.store, Options{}, datasets.NewSnapshot(rocks(t, "rocks"), rocks(t, "sands")), engine.Options{})
			ready := call(s, http.MethodGet, "/readyz", "")
			want := `{"status":"ready","datasets":[{"name":"rocks","state":"faulty","error":"the rows of rocks are damaged"},{"name":"sands","state":"ready"}]}`
			if diff := cmp.Diff(want, bodyOf(t, ready)); ready.StatusCode != http.StatusOK || diff != "" {
				t.Errorf("%d (-want +got):\n%s", ready.StatusCode, diff)
			}
			all := bodyOf(t, call(s, http.MethodGet, "/datasets", ""))
			if strings.Count(all, `"error"`) != 1 || !strings.Contains(all, `"error":"the rows of rocks are damaged"`) ||
				!strings.Contains(all, c.rows) || strings.Count(all, `"rows":2,"version":"v"`) == 0 {
				t.Error(all)
			}
		})
	}
}

// perDataset is a fakeStore whose rows of rocks have something wrong.
type perDataset struct {
	*fakeStore
	table error // of Table
	fault error // of Info
}

func (s *perDataset) Table(ctx context.Context, ds *datasets.Dataset) (engine.Table, error) {
	if ds.Name != "rocks" {
		return s.fakeStore.Table(ctx, ds)
	}
	return faultyTable{fakeTable{s.fakeStore}, s.fault}, s.table
}

type faultyTable struct {
	fakeTable
	fault error
}

func (t faultyTable) Info() engine.TableInfo {
	info := t.fakeTable.Info()
	info.Fault = t.fault
	return info
}

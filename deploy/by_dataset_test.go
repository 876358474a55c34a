//go:build e2e

package deploy_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestEachDatasetHasAServerOfItsOwnWhereNginxIsToldSo(t *testing.T) {
	s := &stack{client: http.Client{Timeout: 30 * time.Second}}
	for i := range 3 {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, i) }))
		t.Cleanup(server.Close)
		s.addrs = append(s.addrs, strings.TrimPrefix(server.URL, "http://"))
	}
	t.Cleanup(s.client.CloseIdleConnections)
	s.startNginx(t, filepath.Join(t.TempDir(), "nginx"), "upstream-by-dataset.conf")
	servers := map[string]bool{}
	for d := range 30 {
		dataset := fmt.Sprint("d", d)
		first := s.get(t, s.url+"/"+dataset+"/range").body
		servers[first] = true
		for _, path := range []string{"/" + dataset, "/" + dataset + "/stats/mean?page=2", "/datasets/" + dataset, "/datasets/" + dataset + "/schema", "/" + dataset + ".svg"} {
			if got := s.get(t, s.url+path).body; got != first {
				t.Errorf("%s: server %s, though /%s/range is asked of %s", path, got, dataset, first)
			}
		}
	}
	if len(servers) != len(s.addrs) {
		t.Errorf("30 datasets are on the servers %v alone", servers)
	}
}

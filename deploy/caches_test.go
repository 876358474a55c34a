//go:build e2e

package deploy_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"herbarium/internal/porttest"
)

// cachedPolicies is an auth file by which callers see different things of penguins at
// the same paths. %s are the entries of keys.
const cachedPolicies = `anonymous: ["penguins:*", "iris:range"]
policies:
  penguins:
    - {for: anonymous, rows: {island: [Biscoe]}, hide: [sex]}
    - {for: "key:dream", rows: {island: [Dream]}}
    - {for: "*"}
`

// nginxCache is nginx with a cache. Directives are what else it is told of caching.
func nginxCache(directives string) string {
	return `proxy_cache_path DIR/cache keys_zone=answers:10m;
upstream herbarium { server 127.0.0.1:8000; }
server {
    listen 8080;
    location / {
        proxy_pass http://herbarium;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_cache answers;
        add_header X-Cache $upstream_cache_status always;
        ` + directives + `
    }
}
`
}

// varnishCache is Varnish that says whether an answer was kept.
func varnishCache(subroutines string) string {
	return `vcl 4.1;
backend herbarium { .host = "127.0.0.1"; .port = "8000"; }
` + subroutines + `
sub vcl_deliver {
    set resp.http.X-Cache = "MISS";
    if (obj.hits > 0) { set resp.http.X-Cache = "HIT"; }
}
`
}

// TestSharedCachesKeepCallersApart asks through caches, as they are and as somebody
// could configure them who wants everything kept: then only Vary keeps callers apart.
func TestSharedCachesKeepCallersApart(t *testing.T) {
	dir := t.TempDir()
	address, keys := startWithKeys(t, dir)
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableCompression: true}}
	t.Cleanup(client.CloseIdleConnections)
	direct := &front{"http://" + address, client, false}
	waitFor(t, "the server", func() bool { return direct.answers(t, "/penguins/range?per_page=1") })
	for _, c := range []struct {
		name, config string
		keeps        bool
	}{
		{"nginx", nginxCache("proxy_cache_valid any 1m;"), false},
		{"nginx", nginxCache("proxy_ignore_headers Cache-Control Expires; proxy_cache_valid any 1m;"), true},
		{"Varnish", varnishCache(""), false},
		{"Varnish", varnishCache("sub vcl_recv { return (hash); }\nsub vcl_backend_response { set beresp.ttl = 60s; return (deliver); }"), true},
	} {
		t.Run(fmt.Sprintf("%s keeps=%v", c.name, c.keeps), func(t *testing.T) {
			for _, p := range proxies() {
				if p.name == c.name {
					f := &front{p.startAs(t, address, c.config), client, false}
					waitFor(t, p.name, func() bool { return f.answers(t, "/healthz") })
					askThrough(t, f, direct, keys, c.keeps)
				}
			}
		})
	}
}

// askThrough asks for the same paths as several callers, again and again, and compares
// with the server itself.
func askThrough(t *testing.T, f, direct *front, keys map[string]string, keeps bool) {
	callers := map[string][]string{
		"anonymous": nil, "dream": {"Authorization", "Bearer " + keys["dream"]}, "dream by X-API-Key": {"X-API-Key", keys["dream"]},
		"all": {"X-API-Key", keys["all"]}, "all by Authorization": {"Authorization", "Bearer " + keys["all"]}, "unknown": {"X-API-Key", keys["dream"][:52] + "x"},
	}
	// A server takes 60 wrong keys of an address, and then one each second.
	const wrongPaths = 4
	kept := 0
	for at, path := range []string{"/penguins/range?per_page=2", "/penguins/stats/count?group_by=island", "/datasets/penguins/schema", "/datasets", "/openapi/penguins.json", "/penguins", "/penguins/chart.svg",
		"/penguins/croissant.json", "/iris/range?per_page=1", "/iris/stats", "/diamonds/range?per_page=1", "/sitemap.xml", "/nothing/range"} {
		tag := direct.ask(t, http.MethodGet, path, "", "X-API-Key", keys["all"]).header.Get("ETag")
		for round := range 3 {
			for name, headers := range callers {
				if name == "unknown" && (round > 0 || at >= wrongPaths) {
					continue
				}
				headers = append([]string{"Host", "localhost", "X-Request-Id", "test"}, headers...)
				want, got := direct.ask(t, http.MethodGet, path, "", headers...), f.ask(t, http.MethodGet, path, "", headers...)
				here, there := strings.ReplaceAll(string(want.body), strings.TrimPrefix(direct.url, "http://"), "HOST"), strings.ReplaceAll(string(got.body), strings.TrimPrefix(f.url, "http://"), "HOST")
				for _, host := range []string{"herbarium", strings.TrimPrefix(direct.url, "http://")} {
					there = strings.ReplaceAll(there, "http://"+host, "http://HOST")
				}
				if got.err != nil || got.status != want.status || here != there {
					t.Errorf("%s, %s: %d %.300s, not %d %.300s", name, path, got.status, there, want.status, here)
				}
				if got.header.Get("X-Cache") == "HIT" {
					kept++
				}
				// A tag that another caller has does not bring a 304 to whom the answer
				// is not.
				if conditional := f.ask(t, http.MethodGet, path, "", append(headers, "If-None-Match", tag)...); tag != "" && conditional.status == http.StatusNotModified && want.header.Get("ETag") != tag {
					t.Errorf("%s, %s: 304 by the tag of another caller", name, path)
				}
			}
		}
	}
	if (kept > 0) != keeps {
		t.Errorf("%d answers came from the cache", kept)
	}
}

// startWithKeys starts a server with an auth file, and returns its address and the
// keys by name.
func startWithKeys(t *testing.T, dir string) (address string, keys map[string]string) {
	t.Helper()
	binary, file := filepath.Join(dir, "herbarium"), filepath.Join(dir, "auth.yaml")
	address, keys = porttest.Address(t), map[string]string{}
	build(t, binary)
	for name, scopes := range map[string]string{"dream": "penguins:*", "all": "*"} {
		cmd := exec.CommandContext(t.Context(), binary, "key", "new", name, "--scope", scopes, "--auth", file)
		cmd.Dir = dir
		key, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		keys[name] = strings.TrimSpace(string(key))
	}
	write(t, file, read(t, file)+cachedPolicies)
	cmd := exec.CommandContext(t.Context(), binary, "serve", "--auth", file)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HERBARIUM_ADDR="+address)
	start(t, "server", cmd)
	return address, keys
}

//go:build e2e

package deploy_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"herbarium/internal/porttest"
)

// TestProxiesBelowAPrefix asks servers through proxies that take the prefix off, and
// through ones that leave it.
func TestProxiesBelowAPrefix(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "herbarium")
	build(t, binary)
	write(t, filepath.Join(dir, "rocks.csv"), "kind,mass\nslate,1\nbasalt,2\n")
	write(t, filepath.Join(dir, "rocks.yaml"), "dataset: rocks\ndata: rocks.csv\nfields: {kind: {type: string}, mass: {type: number}}\nselectors: {kind: kind}\n")
	servers := map[string]string{}
	for name, flags := range map[string][]string{
		"base path": {"--base-path", "/data"},
		"trusted":   {"--trusted-proxies", "127.0.0.1"},
		"both":      {"--base-path", "/data", "--trusted-proxies", "127.0.0.0/8"},
	} {
		address := porttest.Address(t)
		cmd := exec.CommandContext(t.Context(), binary, append([]string{"serve", "--datasets", dir, "--addr", address}, flags...)...)
		cmd.Dir = dir
		start(t, "server, "+name, cmd)
		servers[name] = address
	}
	for _, p := range proxies() {
		blocks := p.blocks(t)
		if len(blocks) < 2 {
			continue
		}
		off := prefixed(blocks)
		left := map[string]*strings.Replacer{
			"nginx":  strings.NewReplacer("http://herbarium/;", "http://herbarium;"),
			"Caddy":  strings.NewReplacer("handle_path", "handle"),
			"Apache": strings.NewReplacer("127.0.0.1:8000/", "127.0.0.1:8000/data/"),
		}[p.name].Replace(off)
		for _, c := range []struct{ name, config, server string }{
			{"taken off, with a base path", off, "base path"},
			{"taken off, from a trusted proxy", off, "trusted"},
			{"taken off, with both", off, "both"},
			{"left, with a base path", left, "base path"},
			{"left, with both", left, "both"},
		} {
			t.Run(p.name+", "+c.name, func(t *testing.T) {
				f := &front{url: p.startAs(t, servers[c.server], c.config), client: withoutRedirects(t)}
				waitFor(t, "an answer", func() bool { return f.answers(t, "/data/rocks/range") })
				linksBegin(t, f, "/data/")
			})
		}
	}
}

// prefixed is the configuration that takes a prefix off: a block of its own, or one
// of nginx, which takes the place of its location.
func prefixed(blocks []string) string {
	location := regexp.MustCompile(`(?m)^ *location / \{[^}]*\}\n`)
	if !location.MatchString(blocks[0]) {
		return blocks[1]
	}
	return location.ReplaceAllLiteralString(blocks[0], blocks[1])
}

func withoutRedirects(t *testing.T) *http.Client {
	client := &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// linksBegin checks that all that leads elsewhere begins with the prefix, and leads
// there.
func linksBegin(t *testing.T, f *front, prefix string) {
	for _, c := range []struct{ name, method, path, body, pattern string }{
		{"the equal GET", "QUERY", "rocks/range", `{"kind":"slate"}`, `(?m)^Link: .*?<([^>]*)>; rel="alternate"`},
		{"the next page", http.MethodPost, "rocks/range", `{"per_page":1}`, `(?m)^Link: .*?<([^>]*)>; rel="next"`},
		{"the dataset", http.MethodGet, "datasets", "", `"self":"([^"]*)"`},
		{"the operation", http.MethodGet, "datasets/rocks", "", `"range":"([^"]*)"`},
		{"the document of the page", http.MethodGet, "docs", "", `swaggerJsonUrl":"([^"]*)"`},
		{"a file of the page", http.MethodGet, "docs", "", `src="([^"]*\.js)"`},
	} {
		answer := f.ask(t, c.method, prefix+c.path, c.body)
		var text bytes.Buffer
		_ = answer.header.Write(&text)
		text.Write(answer.body)
		found := regexp.MustCompile(c.pattern).FindStringSubmatch(text.String())
		if found == nil || !strings.HasPrefix(found[1], prefix) {
			t.Errorf("%s %s%s: %s is %q in %.600s", c.method, prefix, c.path, c.name, found, text.String())
			continue
		}
		if there := f.ask(t, http.MethodGet, found[1], ""); there.status != http.StatusOK {
			t.Errorf("%s: %s answers %d", c.name, found[1], there.status)
		}
	}
	var document struct{ Servers []struct{ URL string } }
	if err := json.Unmarshal(f.ask(t, http.MethodGet, prefix+"openapi.json", "").body, &document); err != nil || len(document.Servers) != 1 || document.Servers[0].URL+"/" != prefix {
		t.Errorf("the document names %v (%v)", document.Servers, err)
	}
	var problem struct{ Instance string }
	if err := json.Unmarshal(f.ask(t, http.MethodGet, prefix+"rosks/range", "").body, &problem); err != nil || problem.Instance != prefix+"rosks/range" {
		t.Errorf("the problem is of %s (%v)", problem.Instance, err)
	}
	index := f.ask(t, http.MethodGet, prefix, "", "Accept", "text/html", "Accept-Encoding", "identity")
	if index.status != http.StatusOK || !bytes.Contains(index.body, []byte(`href="`+prefix+`docs"`)) {
		t.Errorf("the index: %d, without a link to %sdocs: %s", index.status, prefix, index.body)
	}
}

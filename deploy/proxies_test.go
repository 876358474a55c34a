//go:build e2e

package deploy_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"herbarium/internal/porttest"
)

const (
	maxHeader    = 3 << 10 // of an answer; proxies take 4 KiB and more
	codesOf20KiB = 1700
)

// proxy is a program that passes requests on, as docs/proxies.md configures it.
type proxy struct {
	name string
	// language is that of its block on the page.
	language string
	program  string
	// files returns its configuration, by name, around the page's; args are its
	// arguments, of which DIR is the folder of the files.
	files func(page, dir string) map[string]string
	args  []string
	// hidesEnds is set for a proxy that ends an answer in order if the server breaks
	// it off, as the page says.
	hidesEnds bool
	// weakTags is set for a proxy that asks for gzip where the client does not, as the
	// page says.
	weakTags bool
}

func proxies() []proxy {
	return []proxy{
		{"nginx", "nginx", "nginx", nginxFiles, []string{"-p", "DIR/", "-c", "DIR/nginx.conf", "-e", "stderr", "-g", "daemon off;" + asRoot(" user root;")}, false, false},
		{"Caddy", "caddyfile", "caddy", caddyFiles, []string{"run", "--adapter", "caddyfile", "--config", "DIR/Caddyfile"}, true, false},
		{"Apache", "apache", "apache2", apacheFiles, []string{"-D", "FOREGROUND", "-d", "DIR", "-f", "DIR/apache2.conf"}, false, false},
		{"HAProxy", "haproxy", "haproxy", haproxyFiles, []string{"-db", "-f", "DIR/haproxy.cfg"}, false, false},
		{"Varnish", "vcl", "varnishd", varnishFiles, []string{"-F", "-j", "none", "-T", "none", "-n", "DIR/run", "-s", "default,64m", "-a", "ADDRESS", "-f", "DIR/default.vcl"}, false, true},
	}
}

func asRoot(text string) string {
	if os.Getuid() == 0 {
		return text
	}
	return ""
}

// nginxFiles has what Debian's nginx.conf says around conf.d.
func nginxFiles(page, dir string) map[string]string {
	temp := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp += fmt.Sprintf("%s_temp_path %s/%s;\n", kind, dir, kind)
	}
	return map[string]string{
		"nginx.conf":     "worker_processes auto;\npid nginx.pid;\nevents { worker_connections 768; }\nhttp {\naccess_log off;\n" + temp + "include herbarium.conf;\n}\n",
		"herbarium.conf": page,
	}
}

func caddyFiles(page, _ string) map[string]string {
	return map[string]string{"Caddyfile": "{\n\tadmin off\n\tauto_https off\n}\n" + page}
}

func apacheFiles(page, dir string) map[string]string {
	config := "ServerName localhost\nDefaultRuntimeDir " + dir + "\nPidFile apache2.pid\nErrorLog /dev/stderr\nListen LISTEN\n"
	for _, module := range []string{"mpm_event", "authz_core", "reqtimeout", "headers", "proxy", "proxy_http"} {
		config += fmt.Sprintf("LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", module, module)
	}
	return map[string]string{"apache2.conf": config + asRoot("User www-data\nGroup www-data\n") + page}
}

func haproxyFiles(page, _ string) map[string]string {
	return map[string]string{"haproxy.cfg": "global\ndefaults\n    mode http\n    option dontlognull\n" +
		"    timeout connect 5000\n    timeout client 50000\n    timeout server 50000\n" + page}
}

func varnishFiles(page, _ string) map[string]string { return map[string]string{"default.vcl": page} }

// start starts the proxy in front of a server and returns its URL.
func (p *proxy) start(t *testing.T, server string) string {
	t.Helper()
	return p.startAs(t, server, p.blocks(t)[0])
}

// startAs starts the proxy with a configuration in place of the page's first one.
func (p *proxy) startAs(t *testing.T, server, page string) string {
	t.Helper()
	program, err := exec.LookPath(p.program)
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/" + p.program) // which is not on everyone's path
	}
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("there is no %s, which CI has", p.program)
	}
	if err != nil {
		t.Skipf("there is no %s", p.program)
	}
	dir, address := t.TempDir(), porttest.Address(t)
	_, port, _ := strings.Cut(address, ":")
	serverHost, serverPort, _ := strings.Cut(server, ":")
	places := strings.NewReplacer("127.0.0.1:8000", server, `"127.0.0.1"`, `"`+serverHost+`"`, `"8000"`, `"`+serverPort+`"`,
		"*:8080", address, "listen 8080", "listen "+address, "bind :8080", "bind "+address,
		":8080", "http://127.0.0.1:"+port, "LISTEN", address, "ADDRESS", address, "DIR", dir)
	for name, text := range p.files(page, "DIR") {
		write(t, filepath.Join(dir, name), places.Replace(text))
	}
	var args []string
	for _, arg := range p.args {
		args = append(args, places.Replace(arg))
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	start(t, p.name, cmd)
	return "http://" + address
}

// blocks returns the page's configurations of the proxy: one that does nothing but
// pass requests on and, for some, one that takes a prefix off.
func (p *proxy) blocks(t *testing.T) []string {
	t.Helper()
	blocks := strings.Split(read(t, "../docs/proxies.md"), "\n```"+p.language+"\n")[1:]
	if len(blocks) == 0 {
		t.Fatalf("the page has no configuration of %s", p.name)
	}
	for i, block := range blocks {
		text, _, _ := strings.Cut(block, "\n```\n")
		blocks[i] = text + "\n"
	}
	return blocks
}

// TestProxies asks one server directly and through every proxy.
func TestProxies(t *testing.T) {
	dir := t.TempDir()
	direct := &front{client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableCompression: true}}}
	t.Cleanup(direct.client.CloseIdleConnections)
	relay := startRelay(t, startServer(t, dir))
	direct.url = "http://" + relay.address()
	waitFor(t, "the server", func() bool { return direct.answers(t, "/long/range?per_page=1") })
	for _, p := range proxies() {
		t.Run(p.name, func(t *testing.T) {
			f := &front{p.start(t, relay.address()), direct.client, p.weakTags}
			waitFor(t, p.name, func() bool { return f.answers(t, "/readyz") })
			for _, step := range []struct {
				name string
				do   func(*testing.T, *front, *front)
			}{
				{"every method is answered", answerMethods},
				{"what did not change is not sent again", keepTags},
				{"queries of 1 to 20 KB are answered", answerLongBodies},
				{"queries of pages of 1 to 20 KB are answered", answerLongPages},
				{"10 MB arrive whole", arriveWhole},
			} {
				t.Run(step.name, func(t *testing.T) { step.do(t, f, direct) })
			}
			t.Run("an answer that breaks off is not taken for a whole one", func(t *testing.T) { breakOff(t, f, relay, p.hidesEnds) })
		})
	}
}

// startServer starts the binary with a dataset of 12 MB as CSV.
func startServer(t *testing.T, dir string) string {
	t.Helper()
	binary, address := filepath.Join(dir, "herbarium"), porttest.Address(t)
	build(t, binary)
	var rows bytes.Buffer
	rows.WriteString("code,n,text\n")
	for i := range 100_000 {
		fmt.Fprintf(&rows, "%s,%d,%x%.20x\n", code(i), i, sha256.Sum256([]byte(code(i))), sha256.Sum224([]byte(code(i))))
	}
	write(t, filepath.Join(dir, "long.csv"), rows.String())
	write(t, filepath.Join(dir, "long.yaml"), "dataset: long\ndata: long.csv\nfields: {code: {type: string}, n: {type: integer}, text: {type: string}}\nselectors: {code: code}\n")
	cmd := exec.CommandContext(t.Context(), binary, "serve", "--datasets", dir)
	cmd.Dir, cmd.Env = dir, []string{"HERBARIUM_ADDR=" + address}
	start(t, "server", cmd)
	return address
}

func code(i int) string { return fmt.Sprintf("c%08d", i) }

// front is a server, or a proxy in front of it.
type front struct {
	url      string
	client   *http.Client
	weakTags bool
}

// got is what a request got; err says how its body ended.
type got struct {
	status int
	header http.Header
	body   []byte
	err    error
}

func (f *front) ask(t *testing.T, method, path, body string, headers ...string) got {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, f.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := f.client.Do(request)
	if err != nil {
		return got{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return got{response.StatusCode, response.Header, text, err}
}

func (f *front) answers(t *testing.T, path string) bool {
	return f.ask(t, http.MethodGet, path, "").status == http.StatusOK
}

// headerSize is about what the header takes on the wire.
func (g got) headerSize() int {
	var b bytes.Buffer
	_ = g.header.Write(&b)
	return b.Len()
}

func answerMethods(t *testing.T, f, direct *front) {
	const query = `{"code":["c00000001","c00000007"],"per_page":1}`
	for _, ask := range []struct{ method, path, body string }{
		{http.MethodGet, "/long/range?code=c00000001&code=c00000007&per_page=1", ""},
		{http.MethodHead, "/long/range?code=c00000001&per_page=1", ""},
		{http.MethodPost, "/long/range", query},
		{"QUERY", "/long/range", query},
		{http.MethodPost, "/long/range", `{"coed":1}`},
		{http.MethodDelete, "/long/range", ""},
	} {
		want, got := direct.ask(t, ask.method, ask.path, ask.body), f.ask(t, ask.method, ask.path, ask.body)
		if want.err != nil || got.err != nil || got.status != want.status || !bytes.Equal(got.body, want.body) {
			t.Errorf("%s %s: %d %s (%v), without a proxy %d %s (%v)", ask.method, ask.path, got.status, got.body, got.err, want.status, want.body, want.err)
		}
		for _, name := range []string{"Content-Type", "ETag", "Link", "Location", "X-Next-After", "Vary"} {
			if comma := strings.NewReplacer(", ", ","); comma.Replace(got.header.Get(name)) != comma.Replace(want.header.Get(name)) {
				t.Errorf("%s %s: %s is %q, without a proxy %q", ask.method, ask.path, name, got.header.Get(name), want.header.Get(name))
			}
		}
	}
}

func keepTags(t *testing.T, f, direct *front) {
	for _, ask := range []struct{ method, path, body string }{
		{http.MethodGet, "/long/range?per_page=50", ""},
		{"QUERY", "/long/range", `{"per_page":50}`},
	} {
		first := f.ask(t, ask.method, ask.path, ask.body)
		tag, want := first.header.Get("ETag"), direct.ask(t, ask.method, ask.path, ask.body).header.Get("ETag")
		if weak := f.weakTags && strings.HasPrefix(tag, "W/"); tag != want && !weak {
			t.Errorf("%s: the tag is %s, without a proxy %s", ask.method, tag, want)
		}
		for range 2 {
			again := f.ask(t, ask.method, ask.path, ask.body, "If-None-Match", tag)
			if first.status != http.StatusOK || tag == "" || again.status != http.StatusNotModified || again.err != nil || len(again.body) > 0 || again.header.Get("ETag") != tag {
				t.Errorf("%s: %d with the tag %s, then %d with %s and %d bytes (%v)", ask.method, first.status, tag, again.status, again.header.Get("ETag"), len(again.body), again.err)
			}
		}
		if other := f.ask(t, ask.method, ask.path, ask.body, "If-None-Match", `"other"`); other.status != http.StatusOK || !bytes.Equal(other.body, first.body) {
			t.Errorf("%s: %d and %d bytes with another tag", ask.method, other.status, len(other.body))
		}
	}
}

// longQuery selects n rows, and has 12 bytes for each.
func longQuery(t *testing.T, n int, more map[string]any) string {
	t.Helper()
	codes := make([]string, n)
	for i := range codes {
		codes[i] = code(i)
	}
	query := map[string]any{"code": codes, "fields": []string{"n"}}
	for name, value := range more {
		query[name] = value
	}
	text, err := json.Marshal(query)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func answerLongBodies(t *testing.T, f, _ *front) {
	for n := 80; n <= codesOf20KiB; n += 20 {
		got := f.ask(t, http.MethodPost, "/long/range", longQuery(t, n, nil))
		if rows := bytes.Count(got.body, []byte(`"n"`)); got.status != http.StatusOK || got.err != nil || rows != n {
			t.Fatalf("%d codes: %d, %d rows (%v)", n, got.status, rows, got.err)
		}
	}
}

func answerLongPages(t *testing.T, f, direct *front) {
	for _, method := range []string{http.MethodPost, "QUERY"} {
		for n := 80; n <= codesOf20KiB; n += 60 {
			query := longQuery(t, n, map[string]any{"page": 2, "per_page": 10})
			want := direct.ask(t, method, "/long/range", query)
			size := want.headerSize()
			if want.status != http.StatusOK || size > maxHeader {
				t.Fatalf("%s of %d codes: %d with a header of %d bytes, which may be %d", method, n, want.status, size, maxHeader)
			}
			got := f.ask(t, method, "/long/range", query)
			if got.status != http.StatusOK || got.err != nil || !bytes.Equal(got.body, want.body) {
				t.Errorf("%s of %d codes with a header of %d bytes: %d %.200s (%v)", method, n, size, got.status, got.body, got.err)
			}
		}
	}
}

func arriveWhole(t *testing.T, f, direct *front) {
	for _, path := range []string{"/long/range?format=csv", "/long/range"} {
		want, got := direct.ask(t, http.MethodGet, path, ""), f.ask(t, http.MethodGet, path, "")
		if len(want.body) < 10_000_000 || want.err != nil {
			t.Fatalf("%s has %d bytes (%v)", path, len(want.body), want.err)
		}
		if got.err != nil || sha256.Sum256(got.body) != sha256.Sum256(want.body) {
			t.Errorf("%s: %d bytes, not %d (%v)", path, len(got.body), len(want.body), got.err)
		}
	}
}

func breakOff(t *testing.T, f *front, r *relay, hidden bool) {
	r.cuts.Store(true)
	defer r.cuts.Store(false)
	for _, ask := range []struct{ method, body string }{{http.MethodGet, ""}, {http.MethodPost, "{}"}, {"QUERY", "{}"}} {
		got := f.ask(t, ask.method, "/long/range", ask.body)
		if bytes.HasSuffix(got.body, []byte("]")) {
			t.Fatalf("%s: nothing broke off", ask.method)
		}
		if got.err == nil && got.status < http.StatusInternalServerError && !hidden {
			t.Errorf("%s: %d with %d bytes, and no error", ask.method, got.status, len(got.body))
		}
	}
}

//go:build e2e

package deploy_test

import (
	"context"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"herbarium/internal/porttest"
)

// deployment is how a stack differs from what Compose starts.
type deployment struct {
	servers     int
	database    string            // address of the database
	environment map[string]string // of the servers, beside theirs
	arguments   [][]string        // of each server, beside those of all
}

// stack is a running deployment.
type stack struct {
	url      string // of the load balancer
	servers  []*process
	addrs    []string // of the servers
	deployed deployment
	binary   string
	log      string   // file of nginx's log
	logs     []string // files of the logs of all servers that were started
	services map[string]service
	client   http.Client
}

// startStack builds the binary as the Dockerfile does and starts servers and nginx,
// with the configuration that Compose gives them.
func startStack(t *testing.T, d deployment) *stack {
	t.Helper()
	dir := t.TempDir()
	s := &stack{deployed: d, binary: filepath.Join(dir, "herbarium"), services: readCompose(t, dir), client: http.Client{Timeout: 30 * time.Second}}
	maps.Copy(s.services["herbarium"].Environment, d.environment)
	for _, secret := range []string{"loader-store", "server-store"} {
		if err := os.WriteFile(filepath.Join(dir, secret), []byte(d.database+"\n"), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	build(t, s.binary)
	s.servers = make([]*process, d.servers)
	for i := range d.servers {
		s.addrs = append(s.addrs, porttest.Address(t))
		s.startServer(t, i)
	}
	for _, url := range s.serverURLs() {
		waitFor(t, url, func() bool { return s.alive(t, url) })
	}
	s.startNginx(t, filepath.Join(dir, "nginx"), "upstream.conf")
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

// startServer starts the i-th server, or starts it again.
func (s *stack) startServer(t *testing.T, i int) {
	t.Helper()
	args := s.services["herbarium"].Command
	if i < len(s.deployed.arguments) {
		args = slices.Concat(args, s.deployed.arguments[i])
	}
	s.servers[i] = start(t, fmt.Sprintf("server %d", i+1), s.command(t.Context(), "herbarium", args, s.addrs[i]))
	s.logs = append(s.logs, s.servers[i].log)
}

// build builds the binary as the Dockerfile does.
func build(t *testing.T, binary string) {
	t.Helper()
	build := exec.CommandContext(t.Context(), "sh", "-c", buildCommand(t, binary))
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// testDatabase returns the address of a database of this test's own.
func testDatabase(t *testing.T) string {
	t.Helper()
	base := os.Getenv("HERBARIUM_TEST_MONGODB")
	if base == "" {
		t.Fatal("HERBARIUM_TEST_MONGODB names no server; the deployment needs one")
	}
	uri, err := url.Parse(base)
	if err != nil {
		t.Fatal("HERBARIUM_TEST_MONGODB is no URI") // which may hold a password
	}
	uri.Path = fmt.Sprintf("/herbarium_e2e_%d_%d", os.Getpid(), time.Now().Unix())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		client, err := mongo.Connect(options.Client().ApplyURI(base))
		if err != nil {
			t.Error(err)
			return
		}
		if err := errors.Join(client.Database(uri.Path[1:]).Drop(ctx), client.Disconnect(ctx)); err != nil {
			t.Error(err)
		}
	})
	return uri.String()
}

// command is a run of the binary as the service, in an environment that has
// nothing but what Compose gives it, in a folder without datasets.
func (s *stack) command(ctx context.Context, service string, args []string, addr string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.binary, args...)
	cmd.Dir = filepath.Dir(s.binary)
	cmd.Env = []string{}
	for name, value := range s.services[service].Environment {
		switch name {
		case "HERBARIUM_ADDR":
			value = addr
		case "HERBARIUM_ADMIN_ADDR":
			value = "127.0.0.1:0"
		}
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// run runs the binary as the service to its end. Arguments that begin with a
// command replace the service's own, others go after them.
func (s *stack) run(t *testing.T, service string, args ...string) (out string, code int) {
	t.Helper()
	if len(args) == 0 || args[0] != "health" {
		args = append(s.services[service].Command, args...)
	}
	cmd := s.command(t.Context(), service, args, s.addrs[1])
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// startNginx starts nginx with the deployment's configuration, in which only
// addresses are others. The servers are chosen as that file of deploy/nginx says.
func (s *stack) startNginx(t *testing.T, dir, chosen string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	addr := porttest.Address(t)
	config := replaceOnce(t, read(t, "nginx/nginx.conf"), "listen 8080;", "listen "+addr+";")
	write(t, filepath.Join(dir, "nginx.conf"), config)
	upstream := replaceOnce(t, read(t, "nginx/"+chosen), "    resolver 127.0.0.11 valid=2s ipv6=off;\n", "")
	const server = "    server herbarium:8000 resolve "
	_, rest, _ := strings.Cut(upstream, server)
	settings, _, _ := strings.Cut(rest, "\n")
	var lines []string
	for _, addr := range s.addrs {
		lines = append(lines, "    server "+addr+" "+settings)
	}
	write(t, filepath.Join(dir, "upstream.conf"), replaceOnce(t, upstream, server+settings, strings.Join(lines, "\n")))

	binary, err := exec.LookPath("nginx")
	if err != nil {
		binary = "/usr/sbin/nginx" // which is not on everyone's path
	}
	directives := "daemon off;"
	if os.Getuid() == 0 {
		directives += " user root;" // others may not enter a test's folder
	}
	nginx := exec.CommandContext(t.Context(), binary, "-p", dir+"/", "-c", filepath.Join(dir, "nginx.conf"), "-e", "stderr", "-g", directives)
	s.log = start(t, "nginx", nginx).log
	s.url = "http://" + addr
	waitFor(t, "nginx", func() bool { return s.alive(t, s.url) })
	if got := s.get(t, s.url+"/nginx-healthz"); got.status != http.StatusNoContent {
		t.Errorf("nginx says of itself: %d %s", got.status, got.body)
	}
}

func (s *stack) serverURLs() []string {
	var urls []string
	for _, addr := range s.addrs {
		urls = append(urls, "http://"+addr)
	}
	return urls
}

// alive reports whether somebody answers /healthz with 200.
func (s *stack) alive(t *testing.T, url string) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   string
}

// code returns a problem's code.
func (a answer) code(t *testing.T) string {
	t.Helper()
	var problem struct{ Code string }
	if err := json.Unmarshal([]byte(a.body), &problem); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return problem.Code
}

func (a answer) rows(t *testing.T) []map[string]any {
	t.Helper()
	var rows []map[string]any
	if err := json.Unmarshal([]byte(a.body), &rows); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return rows
}

func (s *stack) get(t *testing.T, url string) answer {
	t.Helper()
	return s.ask(t, http.MethodGet, url, "")
}

func (s *stack) post(t *testing.T, url, body string) answer {
	t.Helper()
	return s.ask(t, http.MethodPost, url, body)
}

// ask sends a request, with names and values of more headers.
func (s *stack) ask(t *testing.T, method, url, body string, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

// accessLog returns what nginx wrote of the requests so far.
func (s *stack) accessLog(t *testing.T) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for line := range strings.Lines(read(t, s.log)) {
		if !strings.HasPrefix(line, "{") || !strings.HasSuffix(line, "\n") {
			continue // an error's, or not all of it yet
		}
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		lines = append(lines, fields)
	}
	return lines
}

// needsNothing checks that the binary runs in an empty image.
func needsNothing(t *testing.T, s *stack) {
	file, err := elf.Open(s.binary)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	libraries, err := file.ImportedLibraries()
	if err != nil || len(libraries) > 0 {
		t.Errorf("it is linked to %v (%v)", libraries, err)
	}
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("it asks for an interpreter")
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

//go:build e2e

package deploy_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// defaultDuration is how long the availability test asks, as a step of CI.
// HERBARIUM_AVAILABILITY is another duration.
const defaultDuration = 22 * time.Second

// failingApp is what the servers, and nobody else, call themselves to the database.
const failingApp = "herbarium-availability"

// scene is the stack of the availability test, and what it is done to.
type scene struct {
	*stack
	dir      string // of the datasets and the auth file
	direct   string // the database, past the relay
	relay    *relay
	database *mongo.Client
	keys     map[string]string
	ledger   *ledger
	version  int
	next     int // the server that is killed next
}

// TestAvailability asks three servers without a pause, as several callers, while their
// parts fail and come back, and looks at every answer: none is wrong, none is another
// caller's, and only those are refused that needed a part that was not there. The servers
// answer from mirrors, which they fill all the time; two of them share a folder.
func TestAvailability(t *testing.T) {
	duration := defaultDuration
	if text := os.Getenv("HERBARIUM_AVAILABILITY"); text != "" {
		var err error
		if duration, err = time.ParseDuration(text); err != nil {
			t.Fatalf("HERBARIUM_AVAILABILITY: %v", err)
		}
	}
	s := newScene(t)
	r := &report{ledger: s.ledger, began: time.Now(), last: time.Now(), refusals: map[string]int{}, recovers: map[part]time.Duration{}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var work sync.WaitGroup
	work.Go(func() { s.watchDatabase(ctx) })
	for i, c := range s.callers() {
		c.report, c.random = r, rand.New(rand.NewPCG(17, uint64(i)))
		work.Go(func() { c.run(ctx) })
	}
	incidents := []func(*testing.T){s.publish, s.killOne, s.stopDatabase, s.changeRights, s.restartInOrder, s.failCommands}
	for i := 0; time.Since(r.began) < duration || i < len(incidents); i++ {
		incidents[i%len(incidents)](t)
		time.Sleep(recovery + recovery/2)
	}
	stop()
	work.Wait()
	t.Log(r)
	w := s.ways(t)
	t.Log(w)
	if w.mirror == 0 || w.pipeline == 0 || w.copies < 2 || w.damaged > 0 {
		t.Errorf("not all ways were taken, or a copy was damaged: %s", w)
	}
	if t.Failed() || len(r.faults) > 0 {
		t.Logf("absent were: %s", s.ledger)
	}
	for _, fault := range r.faults {
		t.Error(fault)
	}
	if r.good < 100 {
		t.Errorf("only %d requests were answered", r.good)
	}
}

// newScene starts the stack with the first version of readings.
func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{dir: t.TempDir(), direct: testDatabase(t), keys: map[string]string{}}
	s.ledger = &ledger{absences: map[part][]*span{}}
	uri, err := url.Parse(s.direct)
	if err != nil {
		t.Fatal("HERBARIUM_TEST_MONGODB is no URI") // which may hold a password
	}
	s.relay = startRelay(t, uri.Host)
	uri.Host = s.relay.address()
	uri.RawQuery = "directConnection=true&appName=" + failingApp
	if err := os.Mkdir(filepath.Join(s.dir, "datasets"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(s.dir, "datasets", "readings.yaml"), readingsDescriptor)
	write(t, filepath.Join(s.dir, "datasets", "readings.csv"), readingsCSV(1))
	folder := []string{"--mirror-dir", filepath.Join(s.dir, "mirror")} // the third server's is in memory
	s.stack = startStack(t, deployment{servers: 3, database: uri.String(), arguments: [][]string{folder, folder}, environment: map[string]string{
		"HERBARIUM_DATASETS": filepath.Join(s.dir, "datasets"), "HERBARIUM_AUTH": s.authFile(), "HERBARIUM_TIMEOUT": "5s", "HERBARIUM_LOG_SAMPLE": "1"}})
	if s.database, err = mongo.Connect(options.Client().ApplyURI(s.direct)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.database.Disconnect(context.Background()) })
	s.endFailPoint(t) // which another test may have left
	t.Cleanup(func() { s.endFailPoint(t) })
	for _, name := range []string{"north", "leaver", "full"} {
		key, err := exec.CommandContext(t.Context(), s.binary, "key", "new", name, "--scope", "readings:*", "--auth", s.authFile()).Output()
		if err != nil {
			t.Fatal(err)
		}
		s.keys[name] = strings.TrimSpace(string(key))
	}
	s.publish(t)
	s.writeRights(t, rights{})
	for _, url := range append(s.serverURLs(), s.url) {
		waitFor(t, url+" serves readings", func() bool { return s.get(t, url+"/readings/range").status == http.StatusOK })
	}
	return s
}

// ways is how the servers answered what was not in a cache.
type ways struct{ mirror, pipeline, copies, damaged int }

func (w ways) String() string {
	return fmt.Sprintf("availability: %d answers came from mirrors and %d from pipelines; %d copies were made, %d were damaged", w.mirror, w.pipeline, w.copies, w.damaged)
}

// ways counts in the logs of all servers, those too that were killed.
func (s *scene) ways(t *testing.T) (w ways) {
	t.Helper()
	for _, file := range s.logs {
		log := read(t, file)
		w.mirror += strings.Count(log, "way=mirror") + strings.Count(log, `"way":"mirror"`)
		w.pipeline += strings.Count(log, "way=pipeline") + strings.Count(log, `"way":"pipeline"`)
		w.copies += strings.Count(log, "a version was copied into the mirror")
		w.damaged += strings.Count(log, "a copy in the mirror is damaged")
	}
	return w
}

// callers returns who asks.
func (s *scene) callers() []*caller {
	everything := view{pay: true}
	all := []*caller{
		{name: "anonymous", sees: func(rights) (view, bool) { return view{region: "south"}, true }},
		{name: "north", sees: func(r rights) (view, bool) {
			if r.narrowed {
				return view{region: "north", least: 60}, true
			}
			return view{region: "north"}, true
		}},
		{name: "leaver", sees: func(r rights) (view, bool) { return everything, !r.revoked }},
		{name: "full", sees: func(rights) (view, bool) { return everything, true }},
	}
	all = append(all, &caller{name: "full", sees: all[3].sees})
	for _, c := range all {
		c.key, c.url, c.ledger, c.pause, c.perPage = s.keys[c.name], s.url, s.ledger, 20*time.Millisecond, 9
		c.client = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableCompression: true}}
	}
	return all
}

// publish loads the next version, past the relay.
func (s *scene) publish(t *testing.T) {
	s.version++
	file := filepath.Join(t.TempDir(), "readings.csv")
	write(t, file, readingsCSV(s.version))
	cmd := exec.CommandContext(t.Context(), s.binary, "load", "readings", file, "--keep", "2s", "--datasets", filepath.Join(s.dir, "datasets"))
	cmd.Env = append(os.Environ(), "HERBARIUM_STORE="+s.direct)
	done := changing(s.ledger, &s.ledger.versions, s.version)
	defer s.ledger.begin(publishing)()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("load: %v: %s", err, out)
	}
	done()
}

// killOne kills a server in the middle of its work, and starts it again.
func (s *scene) killOne(t *testing.T) {
	i := s.next % len(s.servers)
	s.next++
	back := s.ledger.begin(killed)
	s.servers[i].kill(t, syscall.SIGKILL)
	back()
	time.Sleep(300 * time.Millisecond)
	s.startServer(t, i)
	s.waitReady(t, i)
}

func (s *scene) waitReady(t *testing.T, i int) {
	waitFor(t, s.addrs[i]+" is ready", func() bool {
		response, err := s.client.Get("http://" + s.addrs[i] + "/readyz")
		return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
	})
}

// restartInOrder restarts the servers one after the other.
func (s *scene) restartInOrder(t *testing.T) {
	defer s.ledger.begin(restarting)()
	for i := range s.servers {
		if code := s.servers[i].kill(t, syscall.SIGTERM); code != 0 {
			t.Errorf("server %d ends with %d", i+1, code)
		}
		s.startServer(t, i)
		s.waitReady(t, i)
	}
}

// stopDatabase stops the database, for longer than servers wait for it.
func (s *scene) stopDatabase(*testing.T) {
	defer s.ledger.begin(databasePart)()
	s.relay.stop()
	time.Sleep(2500 * time.Millisecond)
	s.relay.resume()
}

// failCommands makes the database break off connections that bring queries.
func (s *scene) failCommands(t *testing.T) {
	defer s.ledger.begin(failPoint)()
	s.setFailPoint(t, bson.D{{Key: "mode", Value: "alwaysOn"}, {Key: "data", Value: bson.D{
		{Key: "failCommands", Value: bson.A{"aggregate", "find"}}, {Key: "appName", Value: failingApp}, {Key: "closeConnection", Value: true}}}})
	time.Sleep(700 * time.Millisecond)
	s.endFailPoint(t)
}

func (s *scene) endFailPoint(t *testing.T) { s.setFailPoint(t, bson.D{{Key: "mode", Value: "off"}}) }

func (s *scene) setFailPoint(t *testing.T, settings bson.D) {
	command := append(bson.D{{Key: "configureFailPoint", Value: "failCommand"}}, settings...)
	if err := s.database.Database("admin").RunCommand(context.Background(), command).Err(); err != nil {
		t.Errorf("configureFailPoint: %v", err)
	}
}

// changeRights narrows what the restricted key sees and revokes another, or takes both
// back.
func (s *scene) changeRights(t *testing.T) {
	now := s.ledger.rights[len(s.ledger.rights)-1].to
	defer s.ledger.begin(rightsPart)()
	s.writeRights(t, rights{narrowed: !now.narrowed, revoked: !now.revoked})
}

func (s *scene) authFile() string { return filepath.Join(s.dir, "auth.yaml") }

// writeRights replaces the auth file by one with the rights.
func (s *scene) writeRights(t *testing.T, r rights) {
	t.Helper()
	var kept strings.Builder
	for line := range strings.Lines(read(t, s.keyFile(t))) {
		if !r.revoked || !strings.Contains(line, "leaver") {
			kept.WriteString(line)
		}
	}
	least := 0
	if r.narrowed {
		least = 60
	}
	text := kept.String() + fmt.Sprintf(`anonymous: ["readings:*"]
policies:
  readings:
    - {for: anonymous, rows: {region: [south]}, hide: [pay]}
    - {for: "key:north", rows: {region: [north], lower: {n: %d}}, hide: [pay]}
    - {for: "*"}
`, least)
	write(t, s.authFile()+".new", text)
	done := changing(s.ledger, &s.ledger.rights, r)
	if err := os.Rename(s.authFile()+".new", s.authFile()); err != nil {
		t.Fatal(err)
	}
	done()
}

// keyFile returns the file with all keys, as it was when they were made.
func (s *scene) keyFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(s.dir, "keys.yaml")
	if _, err := os.Stat(file); err != nil {
		write(t, file, read(t, s.authFile()))
	}
	return file
}

// patience is how long the database may take to answer before it counts as stalled.
const patience = time.Second

// watchDatabase asks the database itself, past the relay, again and again: the one that
// stands in for MongoDB in tests may stand still for a while.
func (s *scene) watchDatabase(ctx context.Context) {
	collection := s.database.Database("herbarium_e2e_watch").Collection("nothing")
	for ctx.Err() == nil {
		asked := make(chan struct{})
		go func() {
			defer close(asked)
			_ = collection.FindOne(context.WithoutCancel(ctx), bson.D{}).Err() // that it answers is enough
		}()
		select {
		case <-asked:
		case <-time.After(patience):
			back := s.ledger.begin(stalled)
			<-asked
			back()
		}
		sleep(ctx, 100*time.Millisecond)
	}
}

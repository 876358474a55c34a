package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"herbarium/api/certificate/certificatetest"
	"herbarium/internal/porttest"
)

var databases atomic.Int64

// setUp gives each script a port of its own in $PORT, and in $MONGODB a
// database of its own, which is dropped after. $WORKBOOKS is a folder of workbooks.
func setUp(env *testscript.Env, uri string) error {
	port, release, err := porttest.Reserve()
	if err != nil {
		return err
	}
	env.Defer(release)
	env.Setenv("PORT", strconv.Itoa(port))
	workbooks, err := filepath.Abs("../../loaders/testdata/xlsx")
	if err != nil {
		return err
	}
	env.Setenv("WORKBOOKS", workbooks)
	// The race detector lingers a second at each process's end.
	env.Setenv("GORACE", "atexit_sleep_ms=0")
	if uri == "" {
		return nil
	}
	u, err := url.Parse(uri)
	if err != nil {
		return err
	}
	u.Path = fmt.Sprintf("/herbarium_cmd_%d_%d_%d", os.Getpid(), time.Now().Unix(), databases.Add(1))
	env.Setenv("MONGODB", u.String())
	env.Defer(func() { dropDatabase(uri, u.Path[1:]) })
	return nil
}

func dropDatabase(uri, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return // the script has failed before
	}
	_ = client.Database(name).Drop(ctx)
	_ = client.Disconnect(ctx)
}

func condition(uri string) func(string) (bool, error) {
	return func(name string) (bool, error) {
		switch name {
		case "mongodb":
			return uri != "", nil
		case "standalone":
			return isStandalone(uri)
		}
		return false, fmt.Errorf("there is no condition %q", name)
	}
}

// isStandalone reports whether the server is no member of a replica set, and no router.
func isStandalone(uri string) (bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return false, err
	}
	defer func() { _ = client.Disconnect(ctx) }()
	var hello struct {
		SetName string `bson:"setName"`
		Message string `bson:"msg"`
	}
	err = client.Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello)
	return hello.SetName == "" && hello.Message != "isdbgrid", err
}

func commands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "http": ask, "harm": harm, "says": says, "until": until, "issue": issue, "insert": insert}
}

// exits runs a command that must end with a code: exits CODE COMMAND ARG...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if err != nil {
		exit, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("the command ended with %d, not %s", code, args[0])
	}
}

// until runs a command again and again, for a minute at most, until it
// succeeds: until COMMAND ARG...
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: until COMMAND ARG...")
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		err := ts.Exec(args[0], args[1:]...)
		if err == nil {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%v", err)
		}
	}
}

// ask sends a request again and again, for a minute at most, until it is
// answered with a status: http STATUS METHOD URL [BODY]. The answer's body
// goes to standard output.
func ask(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: http STATUS METHOD URL [BODY]")
	}
	awaitAnswer(ts, regexp.MustCompile(""), args)
}

// says is http, until the body matches, too: says REGEXP STATUS METHOD URL [BODY]
func says(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: says REGEXP STATUS METHOD URL [BODY]")
	}
	body, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	awaitAnswer(ts, body, args[1:])
}

func awaitAnswer(ts *testscript.TestScript, want *regexp.Regexp, args []string) {
	var last string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		status, body, err := send(args[1], args[2], strings.Join(args[3:], " "))
		if err == nil && strconv.Itoa(status) == args[0] && want.MatchString(body) {
			_, _ = io.WriteString(ts.Stdout(), body+"\n")
			return
		}
		last = fmt.Sprintf("%d %s %v", status, body, err)
	}
	ts.Fatalf("%s %s: %s", args[1], args[2], last)
}

func send(method, url, body string) (int, string, error) {
	request, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// harm flips a bit of the first column that a file: store keeps of a dataset:
// harm FOLDER
func harm(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: harm FOLDER")
	}
	all, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*", "rows.arrow"))
	if err != nil || len(all) != 1 {
		ts.Fatalf("%d versions, %v", len(all), err)
	}
	content, err := os.ReadFile(all[0])
	if err != nil {
		ts.Fatalf("%v", err)
	}
	// Codes of a text that has few: the first run of them that is long enough.
	at := strings.Index(string(content), strings.Repeat("\x01\x00\x00\x00", 100))
	if at < 0 {
		ts.Fatalf("there is no column of codes")
	}
	content[at+4] ^= 1 << 1
	if err := os.WriteFile(all[0], content, 0o644); err != nil {
		ts.Fatalf("%v", err)
	}
}

// insert puts a document, in extended JSON, into a collection of the script's database, as
// something other than a load does: insert COLLECTION DOCUMENT
func insert(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: insert COLLECTION DOCUMENT")
	}
	uri, err := url.Parse(ts.Getenv("MONGODB"))
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := mongo.Connect(options.Client().ApplyURI(uri.String()))
	ts.Check(err)
	defer func() { _ = client.Disconnect(ctx) }()
	var document bson.D
	ts.Check(bson.UnmarshalExtJSON([]byte(args[1]), false, &document))
	_, err = client.Database(strings.TrimPrefix(uri.Path, "/")).Collection(args[0]).InsertOne(ctx, document)
	ts.Check(err)
}

// issue writes tls.crt and tls.key of a new certificate, and ca.crt, that of its
// authority: issue FOLDER
func issue(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: issue FOLDER")
	}
	dir, t := ts.MkAbs(args[0]), scriptTB{ts: ts}
	authority := certificatetest.NewAuthority(t, "authority")
	authority.Issue(t, "localhost", time.Now().Add(time.Hour)).Write(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "ca.crt"), authority.PEM, 0o600); err != nil {
		ts.Fatalf("%v", err)
	}
}

// scriptTB is the test of a script, for functions that fail a test.
type scriptTB struct {
	testing.TB
	ts *testscript.TestScript
}

func (s scriptTB) Helper()           {}
func (s scriptTB) Fatal(args ...any) { s.ts.Fatalf("%s", fmt.Sprint(args...)) }

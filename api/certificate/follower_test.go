package certificate

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"herbarium/api/certificate/certificatetest"
)

// followed is a server that echoes, under a Follower.
type followed struct {
	t        *testing.T
	addr     string
	follower *Follower
	log      *lines
}

// lines is a log that several goroutines use.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func follow(t *testing.T, files Files) *followed {
	t.Helper()
	f := &followed{t: t, log: &lines{}}
	var err error
	if f.follower, err = Open(files, slog.New(slog.NewTextHandler(f.log, nil))); err != nil {
		t.Fatal(err)
	}
	f.follower.poll = 300 * time.Millisecond
	listener, err := tls.Listen("tcp", "127.0.0.1:0", f.follower.Config())
	if err != nil {
		t.Fatal(err)
	}
	f.addr = listener.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { f.follower.Follow(ctx) })
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer func() { _ = conn.Close() }()
				_, _ = io.Copy(conn, conn)
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		_ = listener.Close()
		running.Wait()
		goleak.VerifyNone(t)
	})
	return f
}

// name connects, and returns the common name of the server's certificate.
func (f *followed) name(config *tls.Config) string {
	f.t.Helper()
	conn, err := tls.Dial("tcp", f.addr, config)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	echo(f.t, conn)
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

// echo sends a byte there and back.
func echo(t *testing.T, conn net.Conn) {
	t.Helper()
	if err := exchange(conn); err != nil {
		t.Fatal(err)
	}
}

func exchange(conn net.Conn) error {
	if _, err := conn.Write([]byte("x")); err != nil {
		return err
	}
	_, err := io.ReadFull(conn, make([]byte, 1))
	return err
}

// becomes waits until new connections get the certificate of this name.
func (f *followed) becomes(name string, config *tls.Config) {
	f.t.Helper()
	var got string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if got = f.name(config); got == name {
			return
		}
	}
	f.t.Fatalf("the certificate is %s, not %s; the log:\n%s", got, name, f.log)
}

// logs waits until the log has the text.
func (f *followed) logs(text string) {
	f.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if strings.Contains(f.log.String(), text) {
			return
		}
	}
	f.t.Fatalf("the log lacks %q:\n%s", text, f.log)
}

func inAnHour() time.Time { return time.Now().Add(time.Hour) }

func TestACertificateIsReplacedWithoutDroppingConnections(t *testing.T) {
	authority, dir := certificatetest.NewAuthority(t, "authority"), t.TempDir()
	cert, key := authority.Issue(t, "first", inAnHour()).Write(t, dir)
	f := follow(t, Files{Certificate: cert, Key: key})
	client := &tls.Config{RootCAs: authority.Pool()}
	conn, err := tls.Dial("tcp", f.addr, client)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	echo(t, conn)
	authority.Issue(t, "second", inAnHour()).Write(t, dir)
	f.becomes("second", client)
	echo(t, conn) // the older connection goes on

	// By rename, as most tools do.
	other := t.TempDir()
	newCert, newKey := authority.Issue(t, "third", inAnHour()).Write(t, other)
	rename(t, newCert, cert)
	rename(t, newKey, key)
	f.becomes("third", client)
	echo(t, conn)
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func TestABrokenPairKeepsTheLastGoodOne(t *testing.T) {
	authority, dir := certificatetest.NewAuthority(t, "authority"), t.TempDir()
	cert, key := authority.Issue(t, "good", inAnHour()).Write(t, dir)
	f := follow(t, Files{Certificate: cert, Key: key})
	client := &tls.Config{RootCAs: authority.Pool()}
	later := authority.Issue(t, "later", inAnHour())
	write(t, cert, later.Cert) // of another key
	f.logs("private key does not match public key")
	f.becomes("good", client)
	write(t, cert, []byte("no PEM"))
	f.logs("failed to find any PEM data")
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	f.logs("no such file")
	f.becomes("good", client)
	past := authority.Issue(t, "past", time.Now().Add(-time.Minute))
	past.Write(t, dir)
	f.logs("expired at")
	f.becomes("good", client)
	later.Write(t, dir)
	f.becomes("later", client)
	if n := strings.Count(f.log.String(), "private key does not match"); n != 1 {
		t.Errorf("one fault was logged %d times:\n%s", n, f.log)
	}
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAMountedSecretIsFollowed replaces the files as the kubelet does: a folder of a
// new name, a link to it that is renamed over ..data, and the old folder removed.
func TestAMountedSecretIsFollowed(t *testing.T) {
	authority, dir := certificatetest.NewAuthority(t, "authority"), t.TempDir()
	mount := func(stamp, name string) {
		if err := os.Mkdir(filepath.Join(dir, stamp), 0o755); err != nil {
			t.Fatal(err)
		}
		authority.Issue(t, name, inAnHour()).Write(t, filepath.Join(dir, stamp))
		link(t, stamp, filepath.Join(dir, "..data_tmp"))
		rename(t, filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data"))
	}
	mount("..2026_01_01", "first")
	cert, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	link(t, "..data/tls.crt", cert)
	link(t, "..data/tls.key", key)
	f := follow(t, Files{Certificate: cert, Key: key})
	client := &tls.Config{RootCAs: authority.Pool()}
	f.becomes("first", client)
	for i, stamp := range []string{"..2026_02_02", "..2026_03_03"} {
		mount(stamp, stamp)
		if err := os.RemoveAll(filepath.Join(dir, []string{"..2026_01_01", "..2026_02_02"}[i])); err != nil {
			t.Fatal(err)
		}
		f.becomes(stamp, client)
	}
	if strings.Contains(f.log.String(), "not reloaded") {
		t.Errorf("it was seen half-way:\n%s", f.log)
	}
}

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

func TestAnExpiredCertificateIsUsedAtStartAndReported(t *testing.T) {
	authority := certificatetest.NewAuthority(t, "authority")
	cert, key := authority.Issue(t, "past", time.Now().Add(-time.Minute)).Write(t, t.TempDir())
	f := follow(t, Files{Certificate: cert, Key: key})
	f.logs("clients will refuse the certificate")
	_, err := tls.Dial("tcp", f.addr, &tls.Config{RootCAs: authority.Pool()})
	if err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("a client says %v", err)
	}
	if got := f.name(&tls.Config{InsecureSkipVerify: true}); got != "past" {
		t.Errorf("the certificate is %s", got)
	}
}

func TestClientsAreVerifiedByTheAuthoritiesOfTheMoment(t *testing.T) {
	authority, first, second := certificatetest.NewAuthority(t, "servers"), certificatetest.NewAuthority(t, "first"), certificatetest.NewAuthority(t, "second")
	dir := t.TempDir()
	cert, key := authority.Issue(t, "server", inAnHour()).Write(t, dir)
	ca := filepath.Join(dir, "ca.crt")
	write(t, ca, first.PEM)
	f := follow(t, Files{Certificate: cert, Key: key, ClientCA: ca})
	// ask returns what became of a connection with a certificate.
	ask := func(cache tls.ClientSessionCache, version uint16, certificates ...tls.Certificate) error {
		conn, err := tls.Dial("tcp", f.addr, &tls.Config{RootCAs: authority.Pool(), Certificates: certificates, ClientSessionCache: cache, MaxVersion: version})
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		return exchange(conn)
	}
	good, other := first.Issue(t, "alice", inAnHour()).TLS(t), second.Issue(t, "bob", inAnHour()).TLS(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		if err := ask(nil, version, good); err != nil {
			t.Errorf("a client of the authority: %v", err)
		}
		for name, certificates := range map[string][]tls.Certificate{
			"without a certificate":              nil,
			"with a certificate of another":      {other},
			"with a certificate of the server's": {authority.Issue(t, "carol", inAnHour()).TLS(t)},
			"with an expired certificate":        {first.Issue(t, "dave", time.Now().Add(-time.Minute)).TLS(t)},
		} {
			if err := ask(nil, version, certificates...); err == nil {
				t.Errorf("a client %s was accepted, TLS %x", name, version)
			}
		}
	}
	// A session from before does not get around a change of authorities.
	caches := map[uint16]tls.ClientSessionCache{tls.VersionTLS12: tls.NewLRUClientSessionCache(1), tls.VersionTLS13: tls.NewLRUClientSessionCache(1)}
	for version, cache := range caches {
		if err := ask(cache, version, good); err != nil {
			t.Fatal(err)
		}
	}
	write(t, ca, second.PEM)
	for end := time.Now().Add(time.Minute); ask(nil, 0, other) != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the new authority is not used:\n%s", f.log)
		}
	}
	for version, cache := range caches {
		if err := ask(cache, version, good); err == nil {
			t.Errorf("a client of the former authority resumed its session, TLS %x", version)
		}
	}
	write(t, ca, append(second.PEM, []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")...))
	f.logs("certificate 2")
	if err := ask(nil, 0, other); err != nil {
		t.Errorf("a malformed file of authorities was used: %v", err)
	}
}

func TestOldVersionsOfTLSAreRefused(t *testing.T) {
	authority := certificatetest.NewAuthority(t, "authority")
	cert, key := authority.Issue(t, "server", inAnHour()).Write(t, t.TempDir())
	f := follow(t, Files{Certificate: cert, Key: key})
	for version, accepted := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		conn, err := tls.Dial("tcp", f.addr, &tls.Config{RootCAs: authority.Pool(), MinVersion: version, MaxVersion: version})
		if (err == nil) != accepted {
			t.Errorf("TLS %x: %v", version, err)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
	conn, err := tls.Dial("tcp", f.addr, &tls.Config{RootCAs: authority.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if got := conn.ConnectionState().Version; got != tls.VersionTLS13 {
		t.Errorf("without a wish it is %x", got)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	authority, dir := certificatetest.NewAuthority(t, "authority"), t.TempDir()
	pair := authority.Issue(t, "server", inAnHour())
	cert, key := pair.Write(t, dir)
	empty := filepath.Join(dir, "empty")
	write(t, empty, nil)
	for want, files := range map[string]Files{
		"open " + dir + "/none: no such file": {Certificate: dir + "/none", Key: key},
		"failed to find any PEM data":         {Certificate: empty, Key: key},
		"there is no certificate in PEM":      {Certificate: cert, Key: key, ClientCA: empty},
		"PRIVATE KEY among the certificates":  {Certificate: cert, Key: key, ClientCA: key},
	} {
		if _, err := Open(files, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", files, err, want)
		}
	}
}

func TestTheNameOfAClientIsItsSubjectOrItsFirstNames(t *testing.T) {
	pair := certificatetest.NewAuthority(t, "authority").Issue(t, "alice", inAnHour()).TLS(t)
	if got := ClientName(&tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{pair.Leaf}}}); got != "CN=alice" {
		t.Errorf("got %s", got)
	}
	if got := ClientName(&tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{{DNSNames: []string{"a.example", "b.example"}}}}}); got != "a.example, b.example" {
		t.Errorf("got %s", got)
	}
	for _, state := range []*tls.ConnectionState{nil, {}, {PeerCertificates: []*x509.Certificate{pair.Leaf}}} {
		if got := ClientName(state); got != "" {
			t.Errorf("what was not verified has the name %s", got)
		}
	}
}

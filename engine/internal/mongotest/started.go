package mongotest

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"herbarium/internal/porttest"
)

// Started is a server that the test starts itself, to kill it.
type Started struct {
	URI     string
	address string
	dir     string
	args    []string
	log     *os.File
	process *exec.Cmd
}

// commandVariable names the command that starts a server. It has {dir} where the folder of
// its data stands, and {port} for the port of 127.0.0.1; spaces divide its words.
const commandVariable = "HERBARIUM_TEST_MONGODB_COMMAND"

// Start starts a server with a folder of its own, which ends with the test; without a command
// the test skips.
func Start(t testing.TB) *Started {
	t.Helper()
	command := os.Getenv(commandVariable)
	if command == "" {
		t.Skip(commandVariable + " names no command that starts a server")
	}
	s := &Started{address: porttest.Address(t), dir: t.TempDir()}
	s.URI = "mongodb://" + s.address
	data := filepath.Join(s.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(s.address, ":")
	s.args = strings.Fields(strings.NewReplacer("{dir}", data, "{port}", port).Replace(command))
	var err error
	if s.log, err = os.Create(filepath.Join(s.dir, "log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Kill()
		_ = s.log.Close()
		if text, err := os.ReadFile(s.log.Name()); err == nil && t.Failed() {
			t.Logf("the server: %s", text[max(0, len(text)-4000):])
		}
	})
	s.Again(t)
	return s
}

// Kill ends the server as a loss of power does, but for what the system has yet to write.
func (s *Started) Kill() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait() // killed
}

// Stop asks the server to end, and waits until it has.
func (s *Started) Stop(t testing.TB) {
	t.Helper()
	if err := s.process.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = s.process.Wait() // how it ends does not matter
}

// Again starts the server that was killed or stopped, on the same data, and waits until it takes
// connections.
func (s *Started) Again(t testing.TB) {
	t.Helper()
	// Not the test's context, which ends before what the test has to clean up.
	s.process = exec.CommandContext(context.WithoutCancel(t.Context()), s.args[0], s.args[1:]...)
	s.process.Dir, s.process.Stdout, s.process.Stderr = s.dir, s.log, s.log
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.address)
		if err == nil {
			_ = c.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server does not start: %v", err)
		}
	}
}

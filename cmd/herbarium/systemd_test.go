//go:build linux

package main

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"herbarium/internal/porttest"
)

// TestSystemdIsToldHowTheServerIs listens as systemd does for units of Type=notify.
func TestSystemdIsToldHowTheServerIs(t *testing.T) {
	dir, addr := t.TempDir(), porttest.Address(t)
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	server := &exec.Cmd{Path: binary, Args: []string{"herbarium", "serve", "--addr", addr}, Stderr: &log}
	server.Env = append(os.Environ(), "NOTIFY_SOCKET="+filepath.Join(dir, "notify"), "WATCHDOG_USEC=100000")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Process.Kill() }()
	next := func() string {
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		var b [1 << 10]byte
		n, err := conn.Read(b[:])
		if err != nil {
			t.Fatalf("%v:\n%s", err, log.String())
		}
		return string(b[:n])
	}
	if got := next(); got != "READY=1" {
		t.Errorf("first it says %q", got)
	}
	if status, _, err := send(http.MethodGet, "http://"+addr+"/healthz", ""); err != nil || status != 200 {
		t.Errorf("it is ready, and answers %d, %v", status, err)
	}
	for range 3 {
		if got := next(); got != "WATCHDOG=1" {
			t.Errorf("then it says %q", got)
		}
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	last := next()
	for last == "WATCHDOG=1" {
		last = next()
	}
	if last != "STOPPING=1" {
		t.Errorf("at last it says %q", last)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("it ended with %v:\n%s", err, log.String())
	}
}

// units is the folder of the units.
const units = "../../deploy/systemd"

// entry is a line of a unit.
type entry struct{ section, key, value string }

// readUnit reads a unit.
func readUnit(t *testing.T, name string) (all []entry) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(units, name))
	if err != nil {
		t.Fatal(err)
	}
	section := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "", strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
		default:
			key, value, ok := strings.Cut(line, "=")
			if !ok {
				t.Errorf("%s: %q is no entry", name, line)
			}
			all = append(all, entry{section, key, value})
		}
	}
	return all
}

func valueOf(t *testing.T, all []entry, section, key string) string {
	t.Helper()
	i := slices.IndexFunc(all, func(e entry) bool { return e.section == section && e.key == key })
	if i < 0 {
		t.Fatalf("there is no %s in [%s]", key, section)
	}
	return all[i].value
}

func TestUnitsCallTheCommandAsItIs(t *testing.T) {
	for _, name := range []string{"herbarium.service", "herbarium-load@.service"} {
		all := readUnit(t, name)
		words := strings.Fields(strings.ReplaceAll(valueOf(t, all, "Service", "ExecStart"), "%i", "trips"))
		if words[0] != "/usr/local/bin/herbarium" {
			t.Errorf("%s starts %s", name, words[0])
		}
		root := (&program{}).root()
		cmd, rest, err := root.Find(words[1:])
		if err != nil || cmd == root {
			t.Fatalf("%s: %v", name, err)
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := cmd.Args(cmd, cmd.Flags().Args()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// The store is the folder that the unit may write to.
		if store := cmd.Flag("store").Value.String(); store != "file:/var/lib/"+valueOf(t, all, "Service", "StateDirectory") {
			t.Errorf("%s: the store is %s", name, store)
		}
		for _, key := range []string{"DynamicUser", "NoNewPrivileges", "PrivateDevices", "ProtectHome", "MemoryDenyWriteExecute", "RestrictNamespaces"} {
			if got := valueOf(t, all, "Service", key); got != "yes" {
				t.Errorf("%s: %s=%s", name, key, got)
			}
		}
		if got := valueOf(t, all, "Service", "ProtectSystem"); got != "strict" {
			t.Errorf("%s: ProtectSystem=%s", name, got)
		}
	}
	service, socket := readUnit(t, "herbarium.service"), readUnit(t, "herbarium.socket")
	if got := valueOf(t, service, "Service", "Type"); got != "notify" {
		t.Errorf("Type=%s", got)
	}
	if got := valueOf(t, socket, "Socket", "ListenStream"); !strings.Contains(valueOf(t, service, "Service", "ExecStart"), "--addr "+got+" ") {
		t.Errorf("the socket is %s", got)
	}
}

func TestSystemdTakesTheUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze")
	}
	dir := t.TempDir()
	start := regexp.MustCompile(`(?m)^ExecStart=\S+`)
	args := []string{"verify", "--man=no"}
	for _, name := range []string{"herbarium.service", "herbarium.socket", "herbarium-load@.service"} {
		text, err := os.ReadFile(filepath.Join(units, name))
		if err != nil {
			t.Fatal(err)
		}
		// The command has to be there.
		if err := os.WriteFile(filepath.Join(dir, name), start.ReplaceAll(text, []byte("ExecStart=/bin/true")), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, filepath.Join(dir, name))
	}
	verify := exec.CommandContext(t.Context(), analyze, args...)
	verify.Env = append(os.Environ(), "SYSTEMD_OFFLINE=1")
	if output, err := verify.CombinedOutput(); err != nil || len(output) > 0 {
		t.Errorf("%v:\n%s", err, output)
	}
}

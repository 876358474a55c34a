//go:build unix

package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestASocketThatSystemdPassesIsServed passes one as systemd does: as file 3, to
// the process whose id LISTEN_PID has.
func TestASocketThatSystemdPassesIsServed(t *testing.T) {
	for sockets, want := range map[int]string{1: `"msg":"stopped"`, 2: "systemd passed 2 sockets; a server listens on one"} {
		t.Run(fmt.Sprint(sockets), func(t *testing.T) {
			binary, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			server := exec.Command("/bin/sh", "-c", fmt.Sprintf("LISTEN_PID=$$ LISTEN_FDS=%d exec herbarium serve --addr 127.0.0.1:1", sockets))
			server.Dir, server.Stderr = t.TempDir(), &log
			if err := os.Symlink(binary, server.Dir+"/herbarium"); err != nil {
				t.Fatal(err)
			}
			server.Env = append(os.Environ(), "PATH="+server.Dir)
			var addr string
			for range sockets {
				listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				file, err := listener.(*net.TCPListener).File()
				if err != nil {
					t.Fatal(err)
				}
				addr = listener.Addr().String()
				_ = listener.Close()
				defer func() { _ = file.Close() }()
				server.ExtraFiles = append(server.ExtraFiles, file)
			}
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = server.Process.Kill() }()
			if sockets == 1 {
				await(t, http.MethodGet, "http://"+addr+"/healthz", "", 200)
				if err := server.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
			}
			err = server.Wait()
			if (err != nil) != (sockets > 1) || !strings.Contains(log.String(), want) {
				t.Errorf("it ended with %v:\n%s", err, log.String())
			}
		})
	}
}

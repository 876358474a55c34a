package peers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// Process is a server that was started here.
type Process struct {
	URL   string // its root, without a slash at the end
	cmd   *exec.Cmd
	log   bytes.Buffer
	ended chan struct{} // closed once the process is gone
}

// readyTime bounds how long a server may take until it answers: loading a
// million rows into Python takes some.
const readyTime = 3 * time.Minute

// start runs a server of HTTP and waits until it answers path with 200.
func start(ctx context.Context, port int, path string, cmd *exec.Cmd) (*Process, error) {
	url := "http://127.0.0.1:" + strconv.Itoa(port)
	return run(ctx, url, cmd, func(ctx context.Context) bool { return ok(ctx, url+path) })
}

// run runs a server and waits until it is ready.
func run(ctx context.Context, url string, cmd *exec.Cmd, ready func(context.Context) bool) (*Process, error) {
	p := &Process{URL: url, cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.log, &p.log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = cmd.Wait() // that it ended is all that matters
		close(p.ended)
	}()
	if err := p.wait(ctx, ready); err != nil {
		p.Stop()
		return nil, fmt.Errorf("start %s: %w\n%s", cmd.Path, err, &p.log)
	}
	return p, nil
}

func (p *Process) wait(ctx context.Context, ready func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	for {
		if ready(ctx) {
			return nil
		}
		select {
		case <-p.ended:
			return errors.New("it ended")
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func ok(ctx context.Context, url string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// listens reports whether something takes connections on the port.
func listens(ctx context.Context, port int) bool {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return false
	}
	_ = conn.Close() // nothing was sent
	return true
}

// Stop ends the process and waits until it is gone.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// freePort returns a port that nobody listens on.
func freePort(ctx context.Context) (int, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"herbarium/bench/contest"
	"herbarium/bench/peers"
)

// startGoal is within what time a server that starts with a folder of copies answers.
const startGoal = 100 * time.Millisecond

// measureStart measures from the start of the process to its first answer, from a folder
// that has the copy.
func measureStart(ctx context.Context, s *setting, rounds int) ([]*contest.Result, error) {
	dir := filepath.Join(s.folder, "copies")
	m, err := s.copied(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := m.Close(ctx); err != nil {
		return nil, err
	}
	descriptors := filepath.Join(s.folder, "descriptors")
	if err := os.MkdirAll(descriptors, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(descriptors, "measurements.yaml"), []byte(s.table.Descriptor), 0o644); err != nil {
		return nil, err
	}
	binary, err := peers.Build(ctx)
	if err != nil {
		return nil, err
	}
	c := &contest.Contest{
		Name: "M4", What: fmt.Sprintf("from the start of the process to its first means, with a folder that has a copy of %d rows", s.table.Rows),
		Units: 1, Unit: "starts",
		Contenders: []contest.Contender{{Name: starting, Run: func(ctx context.Context) error { return s.start(ctx, binary, descriptors, dir, "", "mean_a") }}},
		Goals:      []contest.Goal{{Contender: starting, Within: startGoal}},
		Check: func(ctx context.Context) error {
			return s.start(ctx, binary, descriptors, dir, "&explain=true", `"way":"mirror"`)
		},
	}
	r, err := c.Run(ctx, rounds)
	return []*contest.Result{r}, err
}

// start starts a server, and ends it once it has answered what is wanted. It ends by a signal that it does not
// handle, which is not the work.
func (s *setting) start(ctx context.Context, binary, descriptors, dir, parameters, want string) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, binary, "serve", "--addr", addr, "--datasets", descriptors, "--store", s.uri+"/"+database, "--mirror-dir", dir, "--log-level", "error")
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGKILL)
		_ = cmd.Wait() // that it ended is all that matters
	}()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		text, err := get(ctx, "http://"+addr+"/"+s.dataset().Name+"/stats/mean?lower[a]=2.5&upper[a]=7.5&lower[b]=5"+parameters)
		if errors.Is(err, syscall.ECONNREFUSED) {
			continue
		}
		if err != nil {
			return err
		}
		if !strings.Contains(text, want) {
			return fmt.Errorf("the server answers %s", text)
		}
		return nil
	}
	return errors.New("the server does not answer")
}

func get(ctx context.Context, url string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(answer.Body)
	return string(text), errors.Join(err, answer.Body.Close())
}

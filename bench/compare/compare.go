// Package compare holds one commit's engine against another's.
package compare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"herbarium/bench/scans"
)

// Tree is the name of the working tree, as it is, among commits.
const Tree = ""

// Unit is what ratios are counted in: times as fast as the loop by hand.
const Unit = "loop-ratio"

// prefix is how the names of folders begin that go afterwards.
const prefix = "herbarium-compare-"

// Comparison says what is compared.
type Comparison struct {
	A, B string // commits; Tree is what lies in the folder
	// Runs is how often each commit's program runs, in turn, so that benchstat
	// sees so many figures of each.
	Runs int
	// Arguments make a program print its ratios, as WriteRatios writes them.
	Arguments []string
}

// side is one commit's program and what it printed.
type side struct {
	name, folder, binary, printed string
}

// Run builds the harness as it lies here with both commits' engines, runs both in
// turn, and writes benchstat's table of their ratios. The folder bench is the
// one it is called in. What it made is gone afterwards.
func (c *Comparison) Run(ctx context.Context, out io.Writer) (err error) {
	folder, err := os.MkdirTemp("", prefix)
	if err != nil {
		return err
	}
	var sides []*side
	defer func() {
		for _, s := range sides {
			err = errors.Join(err, s.remove(context.WithoutCancel(ctx)))
		}
		err = errors.Join(err, os.RemoveAll(folder))
	}()
	for i, commit := range []string{c.A, c.B} {
		s, err := build(ctx, filepath.Join(folder, fmt.Sprint(i)), commit)
		if s != nil {
			sides = append(sides, s)
		}
		if err != nil {
			return err
		}
	}
	for run := range c.Runs {
		for turn := range sides {
			s := sides[(turn+run)%len(sides)]
			if err := s.run(ctx, c.Arguments); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(os.Stderr, "run %d of %d\n", run+1, c.Runs); err != nil {
			return err
		}
	}
	return benchstat(ctx, sides, out)
}

// build builds the harness with a commit's engine. What it returns, also with an
// error, is to be removed, unless it is nil.
func build(ctx context.Context, folder, commit string) (*side, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	bench, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	s := &side{name: "tree", binary: filepath.Join(folder, "bench"), printed: filepath.Join(folder, "ratios.txt")}
	engine := filepath.Dir(bench)
	if commit != Tree {
		if s.name, err = output(ctx, nil, "git", "rev-parse", "--short", "--verify", commit+"^{commit}"); err != nil {
			return nil, err
		}
		engine = filepath.Join(folder, "tree")
		if _, err := output(ctx, nil, "git", "worktree", "add", "--quiet", "--detach", engine, s.name); err != nil {
			return nil, err
		}
		s.folder = engine
	}
	// A workspace puts the engine in place of the one that go.mod names.
	work := filepath.Join(folder, "go.work")
	text := fmt.Sprintf("go 1.26.0\n\nuse %s\n\nreplace herbarium => %s\n", bench, engine)
	if err := os.WriteFile(work, []byte(text), 0o644); err != nil {
		return s, err
	}
	if _, err := output(ctx, []string{"GOWORK=" + work}, "go", "build", "-ldflags", "-s -w", "-o", s.binary, "."); err != nil {
		return s, fmt.Errorf("build this harness with the engine of %s, which may know less than it asks for: %w", s.name, err)
	}
	return s, nil
}

// run adds what the program prints to what it printed before.
func (s *side) run(ctx context.Context, arguments []string) error {
	text, err := output(ctx, nil, s.binary, arguments...)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(s.printed, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text + "\n")
	return errors.Join(err, f.Close())
}

// remove takes the commit's tree away, as git knows it.
func (s *side) remove(ctx context.Context) error {
	if s.folder == "" {
		return nil
	}
	_, err := output(ctx, nil, "git", "worktree", "remove", "--force", s.folder)
	return err
}

// benchstat writes the table of what both printed.
func benchstat(ctx context.Context, sides []*side, out io.Writer) error {
	arguments := []string{"tool", "benchstat"}
	for _, s := range sides {
		arguments = append(arguments, s.name+"="+s.printed)
	}
	text, err := output(ctx, nil, "go", arguments...)
	if err == nil {
		_, err = fmt.Fprintln(out, text)
	}
	return err
}

// output runs a command and returns what it printed, without the end of its last
// line.
func output(ctx context.Context, environment []string, name string, arguments ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Env = append(os.Environ(), environment...)
	var out, words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &words
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%v: %w\n%s", cmd.Args, err, &words)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// WriteRatios writes ratios in the format of Go's benchmarks, a line a run.
func WriteRatios(w io.Writer, ratios []scans.Ratio) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "Unit %s better=higher\n", Unit)
	for _, r := range ratios {
		for _, run := range r.Runs {
			fmt.Fprintf(&text, "Benchmark%s 1 %.4f %s\n", strings.ReplaceAll(r.Scan, " ", "-"), run, Unit)
		}
	}
	_, err := w.Write(text.Bytes())
	return err
}

package peers

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
)

// Polars is a process that holds a table in polars and answers questions about it, one
// at a time.
type Polars struct {
	cmd       *exec.Cmd
	questions io.WriteCloser
	answers   *bufio.Reader
	log       bytes.Buffer
	once      sync.Once // of the end, and
	ended     error     // how it ended
}

// NewPolars reads a Parquet file into polars, which works on so many threads.
func NewPolars(ctx context.Context, folder, parquet string, threads int) (*Polars, error) {
	py, err := newPython(ctx, folder)
	if err != nil {
		return nil, err
	}
	p := &Polars{cmd: exec.CommandContext(ctx, filepath.Join(py.bin, "python"), filepath.Join(folder, "ask_polars.py"), parquet)}
	p.cmd.Env = append(os.Environ(), "POLARS_MAX_THREADS="+strconv.Itoa(threads))
	p.cmd.Stderr = &p.log
	if p.questions, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	answers, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.answers = bufio.NewReader(answers)
	return p, p.cmd.Start()
}

// Ask asks a question, which ask_polars.py has to know, and returns the answer as JSON.
func (p *Polars) Ask(question map[string]any) ([]byte, error) {
	text, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	if _, err = p.questions.Write(append(text, '\n')); err != nil {
		return nil, p.failure(err)
	}
	answer, err := p.answers.ReadBytes('\n')
	if err != nil {
		return nil, p.failure(err)
	}
	return answer, nil
}

// failure says what the process wrote before it ended.
func (p *Polars) failure(err error) error {
	return fmt.Errorf("polars: %w\n%s", errors.Join(err, p.Close()), &p.log)
}

// Close ends the process and waits until it is gone.
func (p *Polars) Close() error {
	p.once.Do(func() {
		_ = p.questions.Close() // which ends its input, and with it the process
		p.ended = p.cmd.Wait()
	})
	return p.ended
}

package engine

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// Coding is a content coding, such as gzip.
type Coding struct {
	Name string // in Content-Encoding
	// New returns a coder that writes to w. Closing it ends the coded bytes.
	New func(w io.Writer) Coder
}

// Coder codes what is written to it. Flush writes all that was taken so far.
type Coder interface {
	io.WriteCloser
	Flush() error
}

// coded is an answer's coding at work. A coder writes to out.
type coded struct {
	coder Coder
	out   bytes.Buffer
}

// coderBytes is about how much memory a coder takes, and what it has coded of a chunk.
const coderBytes = 2 << 20

// Code makes the answer's chunks coded. It is called before Next, and changes
// Tag and Size.
//
// The coded form of an answer that is kept is kept beside it, and so coded
// once. One that is on its way, or in a file, is coded as it comes, each chunk at once, so
// that a reader waits for no other; whoever asks next has the kept form.
func (a *Answer) Code(ctx context.Context, coding Coding) error {
	key := a.key
	key.coding = coding.Name
	if a.Tag != "" {
		a.Tag = key.tag()
	}
	if a.Size < 0 || a.file != nil {
		a.claim = a.engine.options.Memory.Claim()
		if err := a.claim.Take(coderBytes); err != nil {
			return err
		}
		a.Size = -1
		a.coded = &coded{}
		a.coded.coder = coding.New(&a.coded.out)
		return nil
	}
	kept := a.Version != "" && a.engine.answers != nil
	if kept {
		if hit, ok := a.engine.answers.Get(key); ok {
			lent, err := a.engine.lend(hit.bytes)
			if err != nil {
				return err
			}
			a.become(hit.bytes)
			a.lent = lent
			return nil
		}
	}
	text, err := a.codeWhole(ctx, coding)
	if err != nil {
		return err
	}
	lent, err := a.engine.lend(text)
	if err != nil {
		return err
	}
	a.become(text)
	a.lent = lent
	if kept {
		a.engine.answers.Add(key, encoded{tag: a.Tag, bytes: text})
	}
	return nil
}

// become makes the answer one of bytes that are all there.
func (a *Answer) become(text []byte) {
	_ = a.Close() // what it was read from is not needed any more
	a.whole, a.first, a.Size = text, nil, int64(len(text))
}

// codeWhole codes an answer whose size is known.
func (a *Answer) codeWhole(ctx context.Context, coding Coding) ([]byte, error) {
	var out bytes.Buffer
	coder := coding.New(&out)
	for {
		chunk, err := a.next(ctx)
		if err == io.EOF {
			if err := coder.Close(); err != nil {
				return nil, codingFailure(err)
			}
			return bytes.Clone(out.Bytes()), nil
		}
		if err != nil {
			return nil, err
		}
		if _, err := coder.Write(chunk); err != nil {
			return nil, codingFailure(err)
		}
	}
}

// next returns the next coded chunk of what plain returns; io.EOF at the end.
func (c *coded) next(ctx context.Context, plain func(context.Context) ([]byte, error)) ([]byte, error) {
	if c.coder == nil {
		return nil, io.EOF
	}
	chunk, err := plain(ctx)
	switch {
	case err == io.EOF:
		err = c.coder.Close()
		c.coder = nil
	case err != nil:
		return nil, err
	default:
		if _, err = c.coder.Write(chunk); err == nil {
			err = c.coder.Flush()
		}
	}
	if err != nil {
		return nil, codingFailure(err)
	}
	return c.out.Next(c.out.Len()), nil
}

func codingFailure(err error) error { return failure(fmt.Errorf("code the answer: %w", err)) }

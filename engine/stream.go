package engine

import (
	"context"
	"fmt"
	"herbarium/engine/plan"
	"io"
)

// stream runs a plan and encodes what comes, chunk by chunk.
type stream struct {
	engine *Engine
	cursor Cursor
	enc    Encoder
	buf    []byte
	memory *[]byte // that buf is kept in from one stream to the next
	begun  bool
	ended  bool
	end    PageEnd // where the page ends, once the first chunk is there
}

// chunkBytes is the size from which a chunk is handed on.
const chunkBytes = 32 << 10

// openStream starts the plan and returns its first chunk, or io.EOF where
// there is none, within one deadline.
func (e *Engine) openStream(ctx context.Context, table Table, p *plan.Plan, format Format) (*stream, []byte, error) {
	entered, err := e.gate.enter(ctx)
	if err != nil {
		return nil, nil, failure(err)
	}
	defer e.gate.leave(entered)
	ctx, cancel := e.deadline(ctx)
	defer cancel()
	cursor, err := run(ctx, table, p)
	if err != nil {
		return nil, nil, failure(err)
	}
	s := &stream{engine: e, cursor: cursor, enc: format.New(p)}
	if s.memory, _ = e.buffers.Get().(*[]byte); s.memory == nil {
		s.memory = new([]byte)
	}
	s.buf = *s.memory
	first, err := s.chunk(ctx)
	if err == nil || err == io.EOF {
		if failed := s.findEnd(ctx, p); failed != nil {
			err = failed
		}
	}
	if err != nil && err != io.EOF {
		_ = s.close() // the first error says more
		return nil, nil, err
	}
	return s, first, err
}

func (s *stream) findEnd(ctx context.Context, p *plan.Plan) error {
	if s.end = noPageEnd; p.Limit < 0 {
		return nil
	}
	var err error
	s.end, err = s.cursor.PageEnd(ctx)
	return failureOf(err)
}

// next returns the next chunk, valid until the next call, or io.EOF.
func (s *stream) next(ctx context.Context) ([]byte, error) {
	if s.ended {
		return nil, io.EOF
	}
	ctx, cancel := s.engine.deadline(ctx)
	defer cancel()
	return s.chunk(ctx)
}

func (s *stream) chunk(ctx context.Context) ([]byte, error) {
	s.buf = s.buf[:0]
	if !s.begun {
		s.begun = true
		s.buf = s.enc.Begin(s.buf)
	}
	for len(s.buf) < chunkBytes {
		batch, err := s.cursor.Next(ctx)
		if err == io.EOF {
			s.ended = true
			s.buf = s.enc.End(s.buf)
			if len(s.buf) == 0 {
				return nil, io.EOF
			}
			break
		}
		if err != nil {
			return nil, failure(err)
		}
		s.buf = s.enc.Append(s.buf, batch)
	}
	if err := s.enc.Err(); err != nil {
		return nil, failure(fmt.Errorf("encode: %w", err))
	}
	return s.buf, nil
}

// close ends the stream; the last chunk is not valid any more.
func (s *stream) close() error {
	if s.memory != nil && cap(s.buf) <= 4*chunkBytes {
		*s.memory = s.buf
		s.engine.buffers.Put(s.memory)
	}
	s.buf, s.memory = nil, nil
	return s.cursor.Close()
}

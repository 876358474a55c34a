package engine

import (
	"context"
	"fmt"
	"io"
	"time"

	"herbarium/engine/memory"
	"herbarium/engine/plan"
	"herbarium/engine/query"
)

// stream runs a plan and encodes what comes, chunk by chunk.
type stream struct {
	engine *Engine
	record *recorder
	cursor Cursor
	enc    Encoder
	buf    []byte
	claim  *memory.Claim
	memory *[]byte // that buf is kept in from one stream to the next
	begun  bool
	ended  bool
	end    PageEnd // where the page ends, once the first chunk is there
}

// chunkBytes is the size from which a chunk is handed on.
const chunkBytes = 32 << 10

// openStream starts the query's plan and returns its first chunk, or io.EOF where
// there is none, within one deadline.
func (e *Engine) openStream(ctx context.Context, table Table, q *query.Query, format Format) (*stream, []byte, error) {
	record, p, err := e.record(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := e.deadline(ctx)
	defer cancel()
	claim := e.options.Memory.Claim()
	ctx = record.recorded(memory.With(ctx, claim))
	var cursor Cursor
	if err = claim.Take(streamBytes(p, format.Held) + int64(2*q.Size())); err == nil {
		cursor, err = runCaught(within(ctx, record.span), table, p)
	}
	if err != nil {
		claim.Release()
		err = failure(err)
		record.arrived(ctx, nil, err)
		record.end()
		return nil, nil, err
	}
	if info := table.Info(); info.inFullBatches(format) {
		cursor = &fullBatches{Cursor: cursor}
	}
	s := &stream{engine: e, record: record, cursor: cursor, enc: format.New(p), claim: claim}
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

// streamBytes is about how much memory a stream of the plan's rows needs beside the query:
// what is being encoded and sent, a batch, and the rows that the encoder holds.
func streamBytes(p *plan.Plan, held int) int64 {
	const bytesPerValue = 24 // a value, whether there is one, and its code
	return 8*chunkBytes + int64(BatchRows+held)*int64(len(p.Columns))*bytesPerValue
}

func (s *stream) findEnd(ctx context.Context, p *plan.Plan) (err error) {
	defer caught(&err)
	if s.end = noPageEnd; p.Limit < 0 {
		return nil
	}
	s.end, err = s.cursor.PageEnd(within(ctx, s.record.span))
	s.record.stored()
	s.record.failed(err)
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

func (s *stream) chunk(ctx context.Context) (_ []byte, err error) {
	s.buf = s.buf[:0]
	r := s.record
	defer func() { r.failed(err) }()
	defer caught(&err)
	if r.first {
		r.step = time.Now() // the reader's time is not ours
	}
	defer func() { r.Bytes += int64(len(s.buf)) }()
	if !s.begun {
		s.begun = true
		s.buf = s.enc.Begin(s.buf)
	}
	for len(s.buf) < chunkBytes {
		batch, err := s.cursor.Next(r.recorded(within(ctx, r.span)))
		r.arrived(ctx, batch, err)
		if err == io.EOF {
			s.ended = true
			s.buf = s.enc.End(s.buf)
			r.encoded()
			if len(s.buf) == 0 {
				return nil, io.EOF
			}
			break
		}
		if err != nil {
			return nil, failure(err)
		}
		s.buf = s.enc.Append(s.buf, batch)
		r.encoded()
	}
	if err := s.enc.Err(); err != nil {
		err = failure(fmt.Errorf("encode: %w", err))
		r.failed(err)
		return nil, err
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
	s.claim.Release()
	err := s.cursor.Close()
	s.record.failed(err)
	s.record.end()
	return err
}

package source

import (
	"bytes"
	"io"
)

// Chunker cuts text into chunks that end where a row ends, as Arrow's C++
// library does: blocks of the input are cut at the last row's end, and what is
// left begins the next chunk.
type Chunker struct {
	in     io.Reader
	limits Limits
	// cut returns where the last whole row of a text ends that begins with a
	// row; 0 where there is none.
	cut func(text []byte) int

	rest []byte // read behind the last chunk
	free chan []byte
	err  error // that ends the text: io.EOF, or a failure
}

// maxFree is how many chunks' memory is kept for the next ones: that of all
// parts which a load reads ahead and decodes.
const maxFree = 32

// NewChunker returns a chunker of the text that in reads. cut returns where the
// last whole row of a text ends that begins with a row; 0 where there is none.
func NewChunker(in io.Reader, limits Limits, cut func(text []byte) int) *Chunker {
	return &Chunker{in: in, limits: limits, cut: cut, free: make(chan []byte, maxFree)}
}

// firstBytes is the size of the first chunk: most files are small.
const firstBytes = 32 << 10

// Limits returns the limits of the source.
func (c *Chunker) Limits() Limits { return c.limits }

// Next returns the next chunk, in which each row is whole unless truncated is
// true: then it is the first part of a row that is longer than the limit. The
// last chunk may end without the end of a line. The error is nil with every
// chunk, and io.EOF or a failure after the last.
func (c *Chunker) Next() (text []byte, truncated bool, err error) {
	if c.err != nil {
		return nil, false, c.err
	}
	buf := c.buffer()
	buf = append(buf, c.rest...)
	c.rest = c.rest[:0]
	for {
		buf, err = c.fill(buf)
		if err != nil {
			c.err = err
			if err != io.EOF {
				// The rows before the failure are whole.
				buf = buf[:c.cut(buf)]
			}
			if len(buf) == 0 {
				return nil, false, err
			}
			return buf, false, nil
		}
		if end := c.cut(buf); end > 0 {
			c.rest = append(c.rest, buf[end:]...)
			return buf[:end], false, nil
		}
		if len(buf) > c.limits.Record {
			c.err = io.EOF
			return buf, true, nil
		}
		buf = append(make([]byte, 0, 2*cap(buf)), buf...)
	}
}

// Unread gives back the end of the last chunk, which is no row.
func (c *Chunker) Unread(end []byte) { c.rest = bytes.Clone(end) }

// Rest returns a reader of what follows the chunks that were returned.
func (c *Chunker) Rest() io.Reader { return io.MultiReader(bytes.NewReader(c.rest), c.in) }

// fill reads until the buffer is full or nothing more comes.
func (c *Chunker) fill(buf []byte) ([]byte, error) {
	for len(buf) < cap(buf) {
		n, err := c.in.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err != nil {
			return buf, err
		}
	}
	return buf, nil
}

func (c *Chunker) buffer() []byte {
	size := c.limits.Chunk
	if c.rest == nil {
		c.rest = []byte{}
		size = min(size, firstBytes)
	}
	select {
	case buf := <-c.free:
		if cap(buf) > len(c.rest) {
			return buf[:0]
		}
	default:
	}
	for size <= len(c.rest) {
		size *= 2
	}
	return make([]byte, 0, size)
}

// Recycle takes back a chunk's memory, unless it is of an unusual size.
func (c *Chunker) Recycle(buf []byte) {
	if cap(buf) < c.limits.Chunk || cap(buf) > 2*c.limits.Chunk {
		return
	}
	select {
	case c.free <- buf[:0]:
	default:
	}
}

package loaders

import (
	"context"
	"io"
)

// reader cuts a source into parts. It is used by one goroutine.
type reader interface {
	// next returns the next part, or io.EOF after the last. A *syntaxError
	// says from where on nothing can be read.
	next(ctx context.Context) (part, error)
	// recycle takes back the memory of a part that was decoded. Other
	// goroutines may call it while next runs.
	recycle(part)
	// close lets go of what the reader holds, but not of the source.
	close()
}

// part is a run of whole rows of a source. Parts can be decoded at the same
// time, each by one goroutine.
type part interface {
	// decode gives its rows to the checker. A *syntaxError says from where on
	// nothing of the source can be read.
	decode(c *checker) error
}

// cutter reads text in blocks that end where a row ends.
type cutter struct {
	in     io.Reader
	limits limits
	// cut returns where the last whole row of a text ends that begins with a
	// row; 0 where there is none.
	cut func(text []byte) int

	rest []byte // that was read behind the last block
	free chan []byte
	err  error // that ends the text: io.EOF, or a failure
}

func newCutter(in io.Reader, limits limits, cut func([]byte) int) *cutter {
	return &cutter{in: in, limits: limits, cut: cut, free: make(chan []byte, 2*maxAhead)}
}

// firstBytes is the size of the first block: most files are small.
const firstBytes = 32 << 10

// next returns the next block, in which each row is whole unless cutOff is
// set: then it is the first part of a row that is longer than the limit. The
// text of the last block may end without the end of a line. The error is nil
// with every block, and io.EOF or a failure after the last.
func (c *cutter) next() (text []byte, cutOff bool, err error) {
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
				// What came before the failure is whole up to here.
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
		if len(buf) > c.limits.record {
			c.err = io.EOF
			return buf, true, nil
		}
		buf = append(make([]byte, 0, 2*cap(buf)), buf...)
	}
}

// fill reads until the buffer is full or nothing more comes.
func (c *cutter) fill(buf []byte) ([]byte, error) {
	for len(buf) < cap(buf) {
		n, err := c.in.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err != nil {
			return buf, err
		}
	}
	return buf, nil
}

func (c *cutter) buffer() []byte {
	size := c.limits.part
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

// recycle takes back a block's memory, unless it is of an unusual size.
func (c *cutter) recycle(buf []byte) {
	if cap(buf) < c.limits.part || cap(buf) > 2*c.limits.part {
		return
	}
	select {
	case c.free <- buf[:0]:
	default:
	}
}

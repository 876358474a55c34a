package loaders

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// limits bound what a source may ask for, so that a file made to harm, or one
// that is no table, ends in a message and not in all of the memory.
type limits struct {
	record int   // bytes of the longest row of text
	part   int   // bytes of text that are decoded at once
	free   int64 // bytes that compressed data may always become
	ratio  int64 // and how many times its size beyond them
}

// usual returns the limits of every load. What real tables lose by gzip and
// zstd stays far below the ratio; what is made to harm goes far beyond it.
func usual() limits {
	return limits{record: 16 << 20, part: 1 << 20, free: 1 << 30, ratio: 200}
}

// maxWindow is how much of what it has read a zstd stream may refer to: what
// `zstd --ultra --long=27` writes, and so the memory that reading takes.
const maxWindow = 128 << 20

// content is an open source, decompressed where it is compressed.
type content struct {
	// close lets go of the source, once. It may be called while another
	// goroutine reads.
	close func() error
	in    *counter      // the bytes as they stand in the file
	text  *bufio.Reader // what they mean
	end   func()        // of the decompressor; nil where there is none
	// direct is the file where it can be read at any place; nil where it
	// cannot.
	direct *os.File
}

// What compressed data begins with.
var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// headBytes is how much of a source shows what it is.
const headBytes = 64 << 10

// openContent opens the source. A damagedError says that it is compressed
// and cannot be read from the start.
func openContent(source Source, limits limits, progress *Progress) (*content, error) {
	file, err := source.Open()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", source.Name, err)
	}
	c := &content{close: sync.OnceValue(file.Close), in: &counter{in: file, progress: progress}}
	c.text = bufio.NewReaderSize(c.in, headBytes)
	magic, err := c.text.Peek(4)
	if err != nil && err != io.EOF {
		return c, fmt.Errorf("read %s: %w", source.Name, err)
	}
	var plain io.Reader
	switch {
	case bytes.HasPrefix(magic, gzipMagic):
		plain, err = gzip.NewReader(c.text)
	case bytes.Equal(magic, zstdMagic):
		var z *zstd.Decoder
		z, err = zstd.NewReader(c.text, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err == nil {
			plain, c.end = z, z.Close
		}
	default:
		if f, ok := file.(*os.File); ok {
			if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
				c.direct = f
			}
		}
		return c, nil
	}
	if err != nil {
		return c, c.damage(err)
	}
	c.text = bufio.NewReaderSize(&expanding{content: c, in: plain, limits: limits}, headBytes)
	return c, nil
}

// release frees the decompressor, once nothing reads any more.
func (c *content) release() {
	if c.end != nil {
		c.end()
	}
}

// damagedError says that compressed bytes cannot be read on, which is a fault
// of the data and not of the system.
type damagedError struct{ err error }

func (e *damagedError) Error() string { return e.err.Error() }
func (e *damagedError) Unwrap() error { return e.err }

// damage returns what ended the decompressing: the system's error where the
// file could not be read, else what is wrong with its bytes.
func (c *content) damage(err error) error {
	if c.in.err != nil && c.in.err != io.EOF {
		return c.in.err
	}
	if errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		err = fmt.Errorf("reading it takes more than %d MiB of memory; compress it with a smaller window", maxWindow>>20)
	}
	return &damagedError{err}
}

// expanding reads what compressed bytes become, as long as that stays within
// reason.
type expanding struct {
	content *content
	in      io.Reader
	limits  limits
	n       int64
}

// Read reads from the decompressor behind it.
func (e *expanding) Read(p []byte) (int, error) {
	n, err := e.in.Read(p)
	e.n += int64(n)
	if e.n > e.limits.free && e.n/e.limits.ratio > e.content.in.n {
		return 0, &damagedError{fmt.Errorf("it becomes more than %d times its size, as a file does that is made to fill memory; if it is no such file, decompress it and load that", e.limits.ratio)}
	}
	if err != nil && err != io.EOF {
		err = e.content.damage(err)
	}
	return n, err
}

// counter counts the bytes that are read through it.
type counter struct {
	in       io.Reader
	n        int64
	err      error
	progress *Progress
}

// Read reads from the reader behind it.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	c.err = err
	c.progress.read(n)
	return n, err
}

package source

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// Content is an open source. If it is compressed, Text is decompressed.
type Content struct {
	// Text is what the bytes mean. Peek shows how it begins.
	Text *bufio.Reader

	in    *counter // the bytes as they stand in the file
	close func() error
	free  func()   // frees the decompressor; nil where there is none
	file  *os.File // that can be read at any place; nil where the source cannot
}

// Open reads a source from r. It calls count, if not nil, with the number of
// bytes of each read. A *DamagedError says that the source is compressed and
// cannot be read from the start. The content must be closed even if there is an
// error.
func Open(name string, r io.ReadCloser, limits Limits, count func(n int)) (*Content, error) {
	if count == nil {
		count = func(int) {}
	}
	c := &Content{close: sync.OnceValue(r.Close), in: &counter{in: r, count: count}}
	c.Text = bufio.NewReaderSize(c.in, PeekBytes)
	magic, err := c.Text.Peek(magicBytes)
	if err != nil && err != io.EOF {
		return c, fmt.Errorf("read %s: %w", name, err)
	}
	plain, free, err := decompressor(magic, c.Text)
	if err != nil {
		return c, c.damage(err)
	}
	if plain == nil {
		c.file = plainFile(r)
		return c, nil
	}
	c.free = free
	c.Text = bufio.NewReaderSize(&bombGuard{content: c, in: plain, limits: limits}, PeekBytes)
	return c, nil
}

// plainFile returns r as a file that can be read at any place; nil where it is
// none.
func plainFile(r io.Reader) *os.File {
	f, ok := r.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return f
}

// Close closes the source, once. It may be called while another goroutine
// reads.
func (c *Content) Close() error { return c.close() }

// Release frees the decompressor, once nothing reads any more.
func (c *Content) Release() {
	if c.free != nil {
		c.free()
	}
}

// BytesRead returns how many bytes were read, as they stand in the source.
func (c *Content) BytesRead() int64 { return c.in.n }

// File returns the file that the source is; nil where it is compressed, or no
// regular file.
func (c *Content) File() *os.File { return c.file }

// Failed reports whether err is the failure of the system to read the source.
func (c *Content) Failed(err error) bool {
	return c.in.err != nil && c.in.err != io.EOF && errors.Is(err, c.in.err)
}

// CountAll makes BytesRead the size of the file, where it was read at any place.
func (c *Content) CountAll() {
	if c.file == nil {
		return
	}
	if info, err := c.file.Stat(); err == nil {
		c.in.add(info.Size() - c.in.n)
	}
}

// counter counts the bytes that are read through it.
type counter struct {
	in    io.Reader
	n     int64
	err   error
	count func(n int)
}

// Read reads from the reader behind it.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.err = err
	c.add(int64(n))
	return n, err
}

func (c *counter) add(n int64) {
	c.n += n
	c.count(int(n))
}

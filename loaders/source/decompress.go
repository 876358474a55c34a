package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is the largest window of a zstd stream, and so the memory that
// reading one takes: what `zstd --ultra --long=27` writes.
const maxWindow = 128 << 20

// The magic numbers that compressed data begins with.
var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// Compressed reports whether data that begins like this is compressed with
// gzip or zstd.
func Compressed(head []byte) bool {
	return bytes.HasPrefix(head, gzipMagic) || bytes.HasPrefix(head, zstdMagic)
}

// decompressor returns a reader of what compressed bytes mean, and what frees
// it; both are nil where the bytes are not compressed.
func decompressor(magic []byte, in io.Reader) (plain io.Reader, free func(), err error) {
	switch {
	case bytes.HasPrefix(magic, gzipMagic):
		z, err := gzip.NewReader(in)
		return z, nil, err
	case bytes.HasPrefix(magic, zstdMagic):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return nil, nil, nil
}

// DamagedError says that compressed bytes cannot be read on. It is a fault of
// the data and not of the system.
type DamagedError struct{ err error }

func (e *DamagedError) Error() string { return e.err.Error() }
func (e *DamagedError) Unwrap() error { return e.err }

// damage returns what ended the decompression: the system's error where the
// file could not be read, else what is wrong with its bytes.
func (c *Content) damage(err error) error {
	if c.in.err != nil && c.in.err != io.EOF {
		return c.in.err
	}
	if errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		err = fmt.Errorf("reading it takes more than %d MiB of memory; compress it with a smaller window", maxWindow>>20)
	}
	return &DamagedError{err}
}

// bombGuard reads decompressed bytes, and stops with an error if they are too
// many for the compressed ones: the file is a decompression bomb.
type bombGuard struct {
	content *Content
	in      io.Reader
	limits  Limits
	n       int64
}

// Read reads from the decompressor behind it.
func (g *bombGuard) Read(p []byte) (int, error) {
	n, err := g.in.Read(p)
	g.n += int64(n)
	if g.n > g.limits.Inflated && g.n/g.limits.Ratio > g.content.in.n {
		return 0, &DamagedError{fmt.Errorf("it becomes more than %d times its size, as a file does that is made to fill memory; if it is no such file, decompress it and load that", g.limits.Ratio)}
	}
	if err != nil && err != io.EOF {
		err = g.content.damage(err)
	}
	return n, err
}

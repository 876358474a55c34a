package source

import (
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/xi2/xz"
)

// maxWindow is the largest window of a zstd stream, and so the memory that
// reading one takes: what `zstd --ultra --long=27` writes. It is the limit of xz's
// dictionary too, of which `xz -9` has 64 MiB.
const maxWindow = 128 << 20

// The magic numbers that compressed data begins with.
var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
	xzMagic   = []byte{0xfd, '7', 'z', 'X', 'Z', 0}
	lz4Magic  = []byte{0x04, 0x22, 0x4d, 0x18}
)

// magicBytes is how many bytes tell how data is compressed.
const magicBytes = 10

// isBzip2 reports whether data begins as bzip2 writes it: BZh, the size of its
// blocks, and the magic number of a block or of the stream's end.
func isBzip2(head []byte) bool {
	return len(head) >= magicBytes && bytes.HasPrefix(head, []byte("BZh")) && head[3] >= '1' && head[3] <= '9' &&
		(string(head[4:10]) == "1AY&SY" || string(head[4:10]) == "\x17\x72\x45\x38\x50\x90")
}

// Compressed reports whether data that begins like this is compressed with
// gzip, zstd, bzip2, xz or LZ4.
func Compressed(head []byte) bool {
	return bytes.HasPrefix(head, gzipMagic) || bytes.HasPrefix(head, zstdMagic) ||
		bytes.HasPrefix(head, xzMagic) || bytes.HasPrefix(head, lz4Magic) || isBzip2(head)
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
	case bytes.HasPrefix(magic, xzMagic):
		z, err := xz.NewReader(in, maxWindow)
		return z, nil, err
	case bytes.HasPrefix(magic, lz4Magic):
		return lz4.NewReader(in), nil, nil
	case isBzip2(magic):
		return bzip2.NewReader(in), nil, nil
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
	if errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, xz.ErrMemlimit) {
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

package parquet

import (
	"encoding/binary"
	"errors"

	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/pierrec/lz4/v4"
)

// Two codecs of Parquet are not as the library has them. LZ4, which Parquet gave up
// for LZ4_RAW, is written in two ways: in frames as Hadoop has them, each with the
// lengths of a block before and after compression, most significant byte first; and
// as one block without a frame, as Arrow did before 2021. A page without values that
// is compressed with Snappy may have no byte.

// The library's registry of codecs may be changed only before it is used, as by
// answers that are Parquet: so this is an init, as the library intends.
//
//nolint:gochecknoinits // see above
func init() {
	if raw, err := compress.GetCodec(compress.Codecs.Lz4Raw); err == nil {
		compress.RegisterCodec(compress.Codecs.Lz4, oldLZ4{raw})
	}
	if usual, err := compress.GetCodec(compress.Codecs.Snappy); err == nil {
		compress.RegisterCodec(compress.Codecs.Snappy, emptySnappy{usual})
	}
}

var errLZ4 = errors.New("it is no data of LZ4, neither in Hadoop's frames nor without")

// oldLZ4 reads the codec LZ4, and writes LZ4_RAW.
type oldLZ4 struct{ compress.Codec }

// DecodeWithError decompresses src into dst, which has the length of the result.
func (oldLZ4) DecodeWithError(dst, src []byte) ([]byte, error) {
	if n, ok := hadoopFrames(dst, src); ok {
		return dst[:n], nil
	}
	n, err := lz4.UncompressBlock(src, dst)
	if err != nil {
		return nil, errLZ4
	}
	return dst[:n], nil
}

// hadoopFrames decompresses frames; ok is false where src is not made of them.
func hadoopFrames(dst, src []byte) (n int, ok bool) {
	for len(src) > 0 {
		if len(src) < 8 {
			return 0, false
		}
		plain, packed := binary.BigEndian.Uint32(src), binary.BigEndian.Uint32(src[4:])
		src = src[8:]
		if uint64(packed) > uint64(len(src)) || uint64(plain) > uint64(len(dst)-n) {
			return 0, false
		}
		got, err := lz4.UncompressBlock(src[:packed], dst[n:n+int(plain)])
		if err != nil || got != int(plain) {
			return 0, false
		}
		n += got
		src = src[packed:]
	}
	return n, n == len(dst)
}

// emptySnappy is the codec SNAPPY.
type emptySnappy struct{ compress.Codec }

// DecodeWithError decompresses src into dst.
func (s emptySnappy) DecodeWithError(dst, src []byte) ([]byte, error) {
	if len(src) == 0 && len(dst) == 0 {
		return dst, nil
	}
	return compress.Decode(s.Codec, dst, src)
}

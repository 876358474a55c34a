package source

import (
	"bufio"
	"bytes"
	"io"
)

// PeekBytes is how many bytes Peek shows: enough to tell the format.
const PeekBytes = 64 << 10

// ByteOrderMark is the UTF-8 byte order mark, which a text may begin with.
var ByteOrderMark = []byte("\xef\xbb\xbf")

// Peek returns the first bytes of a text and leaves them to be read. The reader
// comes from a Content.
func Peek(in *bufio.Reader) ([]byte, error) {
	head, err := in.Peek(PeekBytes)
	if err == io.EOF || len(head) > 0 {
		// An error further on is reported when reading reaches it.
		err = nil
	}
	return head, err
}

// SkipByteOrderMark skips a byte order mark, and returns the head without it.
func SkipByteOrderMark(in *bufio.Reader, head []byte) ([]byte, error) {
	if !bytes.HasPrefix(head, ByteOrderMark) {
		return head, nil
	}
	_, err := in.Discard(len(ByteOrderMark))
	return head[len(ByteOrderMark):], err
}

package loaders

import (
	"bufio"
	"bytes"
	"io"
)

// peek returns the begin of a text without reading on in it. The text comes
// from a reader that holds as much.
func peek(in *bufio.Reader) ([]byte, error) {
	head, err := in.Peek(headBytes)
	if err == io.EOF || len(head) > 0 {
		// What is wrong further on is told when it is come to.
		err = nil
	}
	return head, err
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// skipMark passes over a byte order mark.
func skipMark(in *bufio.Reader, head []byte) ([]byte, error) {
	mark := byteOrderMark
	if !bytes.HasPrefix(head, mark) {
		return head, nil
	}
	_, err := in.Discard(len(mark))
	return head[len(mark):], err
}

package ipc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"herbarium/loaders/arrow"
)

// maxMetadata is the maximum size of a message's metadata.
const maxMetadata = 64 << 20

var (
	errTruncated = errors.New("it ends too early")
	errNoEnd     = errors.New("it breaks off: the marker that ends a stream is missing")
	errBehind    = errors.New("there is more data after the end of the stream")
)

// messageReader passes on an Arrow stream, one encapsulated message after the
// other, and verifies the metadata of each.
type messageReader struct {
	in    io.Reader
	ready []byte // of a message's head
	body  int64  // that follows it
	ended bool   // the mark of the stream's end was read
	err   error  // that ended the reading
	wide  arrow.Wide
}

// Read reads on in the stream.
func (r *messageReader) Read(p []byte) (int, error) {
	if len(r.ready) == 0 && r.body == 0 {
		if err := r.next(); err != nil {
			r.err = err
			return 0, err
		}
	}
	if len(r.ready) > 0 {
		n := copy(p, r.ready)
		r.ready = r.ready[n:]
		return n, nil
	}
	n, err := r.in.Read(p[:min(int64(len(p)), r.body)])
	r.body -= int64(n)
	if err == io.EOF && r.body > 0 {
		err = errTruncated
	}
	if err != nil {
		r.err = err
	}
	return n, err
}

// end returns io.EOF if the stream was read to its end-of-stream marker and
// nothing follows. Reading up to there also makes the decompressor verify its
// checksums. Otherwise it returns what is wrong; stopped, if not nil, is the
// error that ended the reading of batches.
func (r *messageReader) end(stopped error) error {
	switch {
	case r.err != nil && r.err != io.EOF:
		return r.err
	case stopped != nil:
		return stopped
	case !r.ended:
		return errNoEnd
	}
	if n, err := io.ReadFull(r.in, make([]byte, 1)); n == 0 {
		return err
	}
	return errBehind
}

// next reads the head of the next message: 0xFFFFFFFF, which early streams
// lack, the size of its metadata, and that.
func (r *messageReader) next() error {
	head := make([]byte, 4, 8)
	if n, err := io.ReadFull(r.in, head); err != nil {
		return endOf(err, n)
	}
	size := head
	if binary.LittleEndian.Uint32(head) == 0xffffffff {
		head = head[:8]
		size = head[4:]
		if _, err := io.ReadFull(r.in, size); err != nil {
			return endOf(err, 1)
		}
	}
	n := binary.LittleEndian.Uint32(size)
	r.ready = head
	if n == 0 {
		r.ended = true // as streams say it
		return nil
	}
	if n > maxMetadata {
		return fmt.Errorf("a message's metadata claims %d bytes", n)
	}
	metadata := make([]byte, n)
	if _, err := io.ReadFull(r.in, metadata); err != nil {
		return endOf(err, 1)
	}
	body, err := checkMessage(metadata)
	if err != nil {
		return err
	}
	if wide := arrow.NarrowMessage(metadata); len(wide) > 0 {
		r.wide = wide
	}
	head = append(head, metadata...)
	r.ready, r.body = head, body
	return nil
}

// endOf returns io.EOF if no byte of a message was read, and errTruncated if
// only some were.
func endOf(err error, read int) error {
	if err == io.EOF && read == 0 {
		return io.EOF
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errTruncated
	}
	return err
}

// checkMessage verifies a message's metadata, and returns the size of its body.
func checkMessage(metadata []byte) (body int64, err error) {
	message, _ := arrowShapes()
	if err := checkFlatbuffer(metadata, message); err != nil {
		return 0, err
	}
	f := &flatbuffer{metadata, 0}
	root, _ := f.offset(0)
	if at, _ := f.slot(root, 3); at > 0 {
		if at > len(metadata)-8 {
			return 0, errFlatbuffer
		}
		body = int64(binary.LittleEndian.Uint64(metadata[at:]))
	}
	if body < 0 || body > arrow.MaxAllocation {
		return 0, fmt.Errorf("a message claims %d bytes, more than %d MiB", body, arrow.MaxAllocation>>20)
	}
	return body, nil
}

// CheckFirst verifies the metadata of the first message of a stream that is held in
// memory, and that the body it claims is there.
func CheckFirst(stream []byte) error {
	in := bytes.NewReader(stream)
	r := &messageReader{in: in}
	if err := r.next(); err != nil {
		return err
	}
	if r.body > int64(in.Len()) {
		return errTruncated
	}
	return nil
}

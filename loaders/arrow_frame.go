package loaders

import (
	"encoding/binary"
	"errors"
	"fmt"
	"herbarium/loaders/source"
	"io"
)

// maxMetadata is the longest description of a message that is read.
const maxMetadata = 64 << 20

var (
	errTruncated = errors.New("it ends too early")
	errNoEnd     = errors.New("it breaks off, for the mark is missing that ends a stream")
	errBehind    = errors.New("something stands behind the end of the stream")
)

// frames passes on the messages of an Arrow stream whose claims hold.
type frames struct {
	in    io.Reader
	ready []byte // of a message's head
	body  int64  // that follows it
	ended bool   // the mark of the stream's end was read
	err   error  // that ended the reading
}

// Read reads on in the stream.
func (f *frames) Read(p []byte) (int, error) {
	if len(f.ready) == 0 && f.body == 0 {
		if err := f.next(); err != nil {
			f.err = err
			return 0, err
		}
	}
	if len(f.ready) > 0 {
		n := copy(p, f.ready)
		f.ready = f.ready[n:]
		return n, nil
	}
	n, err := f.in.Read(p[:min(int64(len(p)), f.body)])
	f.body -= int64(n)
	if err == io.EOF && f.body > 0 {
		err = errTruncated
	}
	if err != nil {
		f.err = err
	}
	return n, err
}

// end returns io.EOF where the stream was read to its mark and nothing stands
// behind, which also has the decompressor check its sums. Else it returns what
// is wrong: stopped, if that is an error, ended the reading of batches.
func (f *frames) end(stopped error) error {
	switch {
	case f.err != nil && f.err != io.EOF:
		return f.err
	case stopped != nil:
		return stopped
	case !f.ended:
		return errNoEnd
	}
	if n, err := io.ReadFull(f.in, make([]byte, 1)); n == 0 {
		return err
	}
	return errBehind
}

// next reads the head of the next message: 0xFFFFFFFF, which early streams
// lack, the size of its metadata, and that.
func (f *frames) next() error {
	head := make([]byte, 4, 8)
	if n, err := io.ReadFull(f.in, head); err != nil {
		return endOf(err, n)
	}
	size := head
	if binary.LittleEndian.Uint32(head) == 0xffffffff {
		head = head[:8]
		size = head[4:]
		if _, err := io.ReadFull(f.in, size); err != nil {
			return endOf(err, 1)
		}
	}
	n := binary.LittleEndian.Uint32(size)
	f.ready = head
	if n == 0 {
		f.ended = true // as streams say it
		return nil
	}
	if n > maxMetadata {
		return fmt.Errorf("a message's metadata claims %d bytes", n)
	}
	metadata := make([]byte, n)
	if _, err := io.ReadFull(f.in, metadata); err != nil {
		return endOf(err, 1)
	}
	body, err := checkMessage(metadata)
	if err != nil {
		return err
	}
	head = append(head, metadata...)
	f.ready, f.body = head, body
	return nil
}

// endOf returns io.EOF where nothing more came, and an error where more had
// to.
func endOf(err error, read int) error {
	if err == io.EOF && read == 0 {
		return io.EOF
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errTruncated
	}
	return err
}

// checkMessage looks at a message's metadata, and returns how long its body is.
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
	if body < 0 || body > maxAllocation {
		return 0, fmt.Errorf("a message claims %d bytes, more than %d MiB", body, maxAllocation>>20)
	}
	return body, nil
}

// checkArrowFile looks at the footer of an Arrow file and at the metadata of
// its messages.
func checkArrowFile(file source.RandomAccess) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	const tail = 4 + 6 // the footer's size, and ARROW1
	end := make([]byte, tail)
	if size < 8+tail {
		return errTruncated
	}
	if _, err := file.ReadAt(end, size-tail); err != nil {
		return err
	}
	n := int64(binary.LittleEndian.Uint32(end))
	if string(end[4:]) != "ARROW1" || n > min(size-8-tail, maxMetadata) {
		return errTruncated
	}
	footer := make([]byte, n)
	if _, err := file.ReadAt(footer, size-tail-n); err != nil {
		return err
	}
	_, shape := arrowShapes()
	if err := checkFlatbuffer(footer, shape); err != nil {
		return err
	}
	f := &flatbuffer{footer, 0}
	root, _ := f.offset(0)
	for _, slot := range []int{2, 3} {
		at, _ := f.slot(root, slot)
		if at == 0 {
			continue
		}
		list, _ := f.offset(at)
		count, _ := f.uint32(list)
		for i := range count {
			if err := checkBlock(file, size, footer[list+4+i*blockBytes:]); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkBlock looks at the message that a block of the footer points to.
func checkBlock(file source.RandomAccess, size int64, block []byte) error {
	at := int64(binary.LittleEndian.Uint64(block))
	length := int64(int32(binary.LittleEndian.Uint32(block[8:])))
	body := int64(binary.LittleEndian.Uint64(block[16:]))
	if at < 8 || length < 8 || body < 0 || at > size || length > min(size-at, maxMetadata) || body > min(size-at-length, maxAllocation) {
		return errTruncated
	}
	metadata := make([]byte, length)
	if _, err := file.ReadAt(metadata, at); err != nil {
		return err
	}
	prefix := int64(4)
	if binary.LittleEndian.Uint32(metadata) == 0xffffffff {
		prefix = 8
	}
	claimed, err := checkMessage(metadata[prefix:])
	if err == nil && claimed > body {
		err = errTruncated
	}
	return err
}

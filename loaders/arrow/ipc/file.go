package ipc

import (
	"encoding/binary"

	"herbarium/loaders/arrow"
	"herbarium/loaders/source"
)

// checkFile verifies the footer of an Arrow file and the metadata of its
// messages. It returns the file as the library can read it, and which columns have
// integers of 128 bits.
func checkFile(file source.RandomAccess) (source.RandomAccess, arrow.Wide, error) {
	footer, at, err := footerOf(file)
	if err != nil {
		return nil, nil, err
	}
	if err := checkBlocks(file, footer); err != nil {
		return nil, nil, err
	}
	wide := arrow.NarrowFooter(footer)
	if len(wide) > 0 {
		file = &source.Patched{RandomAccess: file, At: at, Bytes: footer}
	}
	return file, wide, nil
}

// footerOf returns the footer of a file, and where it stands.
func footerOf(file source.RandomAccess) (footer []byte, at int64, err error) {
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	size := info.Size()
	const tail = 4 + 6 // the footer's size, and ARROW1
	end := make([]byte, tail)
	if size < 8+tail {
		return nil, 0, errTruncated
	}
	if _, err := file.ReadAt(end, size-tail); err != nil {
		return nil, 0, err
	}
	n := int64(binary.LittleEndian.Uint32(end))
	if string(end[4:]) != "ARROW1" || n > min(size-8-tail, maxMetadata) {
		return nil, 0, errTruncated
	}
	footer = make([]byte, n)
	_, err = file.ReadAt(footer, size-tail-n)
	return footer, size - tail - n, err
}

// checkBlocks verifies a footer and the messages that it lists.
func checkBlocks(file source.RandomAccess, footer []byte) error {
	info, err := file.Stat()
	if err != nil {
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
			if err := checkBlock(file, info.Size(), footer[list+4+i*blockBytes:]); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkBlock verifies the message that a block of the footer points to.
func checkBlock(file source.RandomAccess, size int64, block []byte) error {
	at := int64(binary.LittleEndian.Uint64(block))
	length := int64(int32(binary.LittleEndian.Uint32(block[8:])))
	body := int64(binary.LittleEndian.Uint64(block[16:]))
	if at < 8 || length < 8 || body < 0 || at > size || length > min(size-at, maxMetadata) || body > min(size-at-length, arrow.MaxAllocation) {
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

package loaders

import (
	"bytes"
	"context"
	"io"
	"os"
	"strconv"

	"herbarium/datasets"
	"herbarium/loaders/csv"
	"herbarium/loaders/source"
)

// The dialect of a CSV is found in its first bytes and in its last ones. Its encoding
// comes first, since the rest is looked for in text.

func (in *inferrer) readCSV(ctx context.Context, c *source.Content) error {
	dialect, err := in.sniff(c)
	if err != nil {
		return err
	}
	r, err := csv.Open(c.Text, in.options.limits, dialect, nil)
	if err != nil {
		return err
	}
	in.sample.Semicolons = r.Delimiter() == ";"
	in.sampled, err = r.Infer(ctx, c.File(), in.source.Size, in.sample)
	in.dialect = r.Declared(dialect)
	return err
}

// sniff finds out how a CSV is written.
func (in *inferrer) sniff(c *source.Content) (datasets.CSV, error) {
	dialect := in.known()
	head, err := source.Peek(c.Text)
	if err != nil {
		return dialect, err
	}
	name, err := in.encoding(head, dialect.Encoding)
	if err != nil {
		return dialect, err
	}
	dialect.Encoding = name
	whole := len(head) < source.PeekBytes
	var tail []byte
	if file := c.File(); file != nil && !whole && name == "" {
		tail = tailOf(file)
	}
	sniffed := csv.Sniff(csv.DecodeHead(head, name), tail, whole, dialect)
	in.dialectNotes = append(in.dialectNotes, sniffed.Notes...)
	if d := in.options.Described; d != nil && d.HeaderGiven {
		sniffed.Header = d.CSV.Header
	}
	return sniffed.CSV, nil
}

// encoding returns the name of the text's encoding: the one that is known, or else
// the one that it looks like.
func (in *inferrer) encoding(head []byte, known string) (string, error) {
	if known != "" {
		return known, nil
	}
	guess, ok := csv.GuessEncoding(head)
	if !ok {
		return "", source.ErrorAt(1, 1, "the text is not UTF-8, and does not show which encoding it has, such as gb18030, big5 or euc-kr, or cp850 of DOS and macintosh; convert it: iconv -f gb18030 -t UTF-8, or with another encoding, and infer again; csv: {encoding: gb18030} in a descriptor reads it as it is")
	}
	if guess.Name != "" {
		note := "The text is not UTF-8; it looks like " + guess.Name + "."
		for i, o := range guess.Others {
			if i == 0 {
				note += " It could also be "
			} else {
				note += ", or "
			}
			note += o.Name + ", by which " + strconv.Quote(o.Is) + " is " + strconv.Quote(o.Would)
		}
		if len(guess.Others) > 0 {
			note += ": csv: {encoding: " + guess.Others[0].Name + "} reads that."
		}
		in.dialectNotes = append(in.dialectNotes, note)
	}
	return guess.Name, nil
}

// tailOf returns the end of a file, from the beginning of a line; nil where it
// cannot be read.
func tailOf(file *os.File) []byte {
	info, err := file.Stat()
	if err != nil {
		return nil
	}
	buf := make([]byte, source.PeekBytes)
	n, err := file.ReadAt(buf, max(0, info.Size()-int64(len(buf))))
	if err != nil && err != io.EOF {
		return nil
	}
	_, text, _ := bytes.Cut(buf[:n], []byte{'\n'})
	return text
}

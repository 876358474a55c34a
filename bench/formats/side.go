package formats

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/klauspost/compress/zstd"

	"herbarium/bench/data"
)

// side is one place where the rows come from.
type side struct {
	name   string
	url    string
	coding string // what to ask for; "" asks for none
	read   reader
	rounds int

	size int64 // of what comes; 0 until it was checked
}

// readBytes is how much is read at once.
const readBytes = 256 << 10

func (s *side) get(ctx context.Context, client *http.Client) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, err
	}
	if s.coding != "" {
		r.Header.Set("Accept-Encoding", s.coding)
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Encoding") != s.coding {
		_ = answer.Body.Close()
		return nil, fmt.Errorf("%s answered %s, coded as %q", s.url, answer.Status, answer.Header.Get("Content-Encoding"))
	}
	return answer, nil
}

// check compares what comes with the table, and returns it.
func (s *side) check(ctx context.Context, client *http.Client, table *data.Table) ([]byte, error) {
	answer, err := s.get(ctx, client)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	s.size = int64(len(text))
	plain, err := decode(text, s.coding)
	if err != nil {
		return nil, err
	}
	return text, compare(table, plain, s.read)
}

func decode(text []byte, coding string) ([]byte, error) {
	switch coding {
	case "gzip":
		r, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	case "zstd":
		r, err := zstd.NewReader(bytes.NewReader(text))
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	default:
		return text, nil
	}
}

// fetch reads the rows as bytes and lets them go.
func (s *side) fetch(ctx context.Context, client *http.Client) error {
	answer, err := s.get(ctx, client)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	size, buffer := int64(0), make([]byte, readBytes)
	for {
		n, err := answer.Body.Read(buffer)
		size += int64(n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if s.size > 0 && s.coding == "" && size != s.size {
		return fmt.Errorf("%d bytes came, and %d when they were checked", size, s.size)
	}
	return nil
}

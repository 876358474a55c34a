package api

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"herbarium/api/problem"
	"herbarium/engine"
	"herbarium/schemas"
)

// identity is the name for no coding.
const identity = "identity"

// minCoded is the size in bytes from which an answer is worth coding.
const minCoded = 1 << 10

// coding is a content coding with the value of its header, made once.
type coding struct {
	engine.Coding
	header []string
}

// effort is how hard coders try to make bytes few.
type effort struct {
	zstd zstd.EncoderLevel
	gzip int
}

// Answers of data may be large and are coded fast. A page is small, and has to be on
// its way in the first round trip of a connection.
var (
	fastCoding = effort{zstd.SpeedFastest, gzip.BestSpeed}
	pageCoding = effort{zstd.SpeedBetterCompression, 7}
)

// codingTable returns every coding. The first one wins if a client likes several
// equally.
func codingTable(e effort) []coding {
	return []coding{
		newCoding("zstd", func() resetter {
			// One goroutine per request is enough. These options are valid.
			w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(e.zstd), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
			if err != nil {
				panic(fmt.Sprintf("zstd: %v", err))
			}
			return w
		}),
		newCoding("gzip", func() resetter {
			w, err := gzip.NewWriterLevel(nil, e.gzip)
			if err != nil {
				panic(fmt.Sprintf("gzip: %v", err))
			}
			return w
		}),
	}
}

// resetter is a coder that can be reused.
type resetter interface {
	engine.Coder
	Reset(w io.Writer)
}

// newCoding returns a coding whose coders, which are large, are reused.
func newCoding(name string, create func() resetter) coding {
	idle := &sync.Pool{New: func() any { return create() }}
	return coding{
		engine.Coding{Name: name, New: func(w io.Writer) engine.Coder {
			coder := idle.Get().(resetter)
			coder.Reset(w)
			return &pooled{coder, idle}
		}},
		[]string{name},
	}
}

// pooled is a coder that returns to the pool when it is closed. One that is not
// closed, since its answer was cut, is garbage collected.
type pooled struct {
	resetter
	idle *sync.Pool
}

// Close ends the coded bytes.
func (p *pooled) Close() error {
	err := p.resetter.Close()
	if err == nil {
		p.resetter.Reset(nil)
		p.idle.Put(p.resetter)
	}
	return err
}

// codingChoice is what Accept-Encoding asks for.
type codingChoice struct {
	coding   *coding // nil: none
	required bool    // the client refuses an answer without a coding
}

// negotiateCoding picks the coding that Accept-Encoding prefers (RFC 9110,
// 12.5.3).
func (s *Server) negotiateCoding(accept []string) (codingChoice, error) {
	var choice codingChoice
	if len(accept) == 0 {
		return choice, nil
	}
	// A coding that is not named is accepted, but after all that are.
	best, named := codingQuality(accept, identity)
	choice.required = named && best == 0
	for i := range s.codings {
		q, _ := codingQuality(accept, s.codings[i].Name)
		if q > best || q == best && q > 0 && choice.coding == nil {
			choice.coding, best = &s.codings[i], q
		}
	}
	if choice.required && choice.coding == nil {
		names := []string{identity}
		for i := range s.codings {
			names = append(names, s.codings[i].Name)
		}
		return choice, &problem.Error{Code: problem.UnknownCoding, Detail: "Accept-Encoding allows none of the available codings: " + schemas.List(names)}
	}
	return choice, nil
}

// codingQuality returns the weight that Accept-Encoding gives a coding, by its
// name or else by *, and whether it gives one at all. gzip has an older name.
func codingQuality(accept []string, name string) (q float64, named bool) {
	exact := false
	for _, line := range accept {
		for item := range strings.SplitSeq(line, ",") {
			text, parameters, _ := strings.Cut(item, ";")
			text = strings.TrimSpace(text)
			switch {
			case strings.EqualFold(text, name), name == "gzip" && strings.EqualFold(text, "x-gzip"):
				q, named, exact = weight(parameters), true, true
			case text == "*" && !exact:
				q, named = weight(parameters), true
			}
		}
	}
	return q, named
}

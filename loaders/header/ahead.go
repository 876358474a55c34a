package header

import (
	"errors"
	"io"
)

// Ahead reads parts one ahead, for a reader whose last part ends before a footer.
type Ahead[P any] struct {
	part *P // the one after what Next returned; nil for none
}

// Next returns the next part that read returns, up to io.EOF. join is called with a part and
// the one after it, and joins them if the second is short, so that no footer is in two; it
// reports whether it did. last is called with the last part, which is returned then.
func (a *Ahead[P]) Next(read func() (*P, error), join func(p, next *P) bool, last func(p *P)) (*P, error) {
	p := a.part
	a.part = nil
	if p == nil {
		var err error
		if p, err = read(); err != nil {
			return nil, err
		}
	}
	next, err := read()
	for err == nil && join(p, next) {
		next, err = read()
	}
	switch {
	case err == nil:
		a.part = next
	case errors.Is(err, io.EOF):
		last(p)
	default:
		return nil, err
	}
	return p, nil
}

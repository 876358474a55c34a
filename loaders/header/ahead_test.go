package header

import (
	"errors"
	"io"
	"slices"
	"testing"
)

func TestPartsAreReadOneAheadAndShortOnesJoined(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		name string
		read []string // "!" fails
		want []string
		err  error
	}{
		{"none", nil, nil, io.EOF},
		{"one", []string{"aaaa"}, []string{"aaaa."}, io.EOF},
		{"a short one is joined to the one before", []string{"aaaa", "bbbb", "c", "d"}, []string{"aaaa", "bbbbcd."}, io.EOF},
		{"one between", []string{"aaaa", "b", "cccc"}, []string{"aaaab", "cccc."}, io.EOF},
		{"what is read ahead of a failure is not returned", []string{"aaaa", "bbbb", "!"}, []string{"aaaa"}, broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			left := c.read
			read := func() (*string, error) {
				if len(left) == 0 {
					return nil, io.EOF
				}
				p := left[0]
				left = left[1:]
				if p == "!" {
					return nil, broken
				}
				return &p, nil
			}
			var ahead Ahead[string]
			var got []string
			for {
				p, err := ahead.Next(read, func(p, next *string) bool {
					short := len(*next) < 4
					if short {
						*p += *next
					}
					return short
				}, func(p *string) { *p += "." })
				if err != nil {
					if !errors.Is(err, c.err) {
						t.Errorf("%v, not %v", err, c.err)
					}
					break
				}
				got = append(got, *p)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, not %q", got, c.want)
			}
		})
	}
}

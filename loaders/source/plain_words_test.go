package source_test

import (
	"errors"
	"testing"

	"herbarium/loaders/source"
)

func TestRuntimeErrorsAreSaidInPlainWords(t *testing.T) {
	_, caught := at(nil, 3)
	for want, said := range map[string]any{
		"a length or a place that it names does not fit the data":                           caught,
		"arrow/ipc: unknown error: a length or a place that it names does not fit the data": errors.New("arrow/ipc: unknown error: runtime error: slice bounds out of range [:9] with capacity 4"),
		"parquet: page has no header":                                                       errors.New("parquet: page has no header"),
	} {
		if got := source.InPlainWords(said); got != want {
			t.Errorf("%v: got %q, want %q", said, got, want)
		}
	}
}

// at panics beyond the end of a list, and returns with what.
func at(list []int, i int) (n int, caught any) {
	defer func() { caught = recover() }()
	return list[i], nil
}

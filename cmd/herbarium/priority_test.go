package main

import (
	"errors"
	"strings"
	"testing"
)

// TestALoadThatCannotGiveWayGoesOn is of a system that does not let it.
func TestALoadThatCannotGiveWayGoesOn(t *testing.T) {
	var words strings.Builder
	p := quietProgram()
	p.err, p.lowerPriority = &words, func(int) error { return errors.New("operation not permitted") }
	code := p.run(t.Context(), []string{"load", "numbers", "--dry-run", "--datasets", numbersFolder(t, 1)})
	if code != 0 || !strings.Contains(words.String(), "the load keeps its normal priority: operation not permitted\n") {
		t.Errorf("it ends with %d and says %q", code, &words)
	}
}

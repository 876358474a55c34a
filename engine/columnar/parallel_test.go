package columnar

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

func TestAPanicOfAWorkerIsTheCallers(t *testing.T) {
	for _, workers := range []int{1, 3} {
		var met any
		func() {
			defer func() { met = recover() }()
			_ = (&table{}).parallel(context.Background(), 0, 64, workers, func(_, block int) {
				if block == 17 {
					panic("a code without a text")
				}
			})
		}()
		if !strings.HasPrefix(fmt.Sprint(met), "a code without a text") {
			t.Errorf("%d workers: met %v", workers, met)
		}
	}
}

package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"herbarium/engine/fault"
	"herbarium/schemas"
)

func TestErrorsAreReportedWithoutCodesOfPrograms(t *testing.T) {
	down := &fault.Error{Code: fault.StoreUnavailable, Detail: "the store cannot be reached", Err: errors.New("dial 127.0.0.1:1: refused")}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a fault":              {&fault.Error{Code: fault.AlreadyCurrent, Detail: "it is the current one"}, "herbarium x: it is the current one\n"},
		"with a cause":         {down, "herbarium x: the store cannot be reached\nThe cause: dial 127.0.0.1:1: refused\n"},
		"within a step":        {fmt.Errorf("load trees: %w", down), "herbarium x: load trees: the store cannot be reached\nThe cause: dial 127.0.0.1:1: refused\n"},
		"a cause alone":        {&fault.Error{Code: fault.Internal, Err: errors.New("it broke")}, "herbarium x: it broke\n"},
		"a cause that it says": {&fault.Error{Code: fault.NotLoaded, Detail: "it has other fields", Err: fault.ErrOtherFields}, "herbarium x: it has other fields\n"},
		"no fault":             {errors.New("the disk is full"), "herbarium x: the disk is full\n"},
		"violations":           {&fault.Error{Code: fault.InvalidQuery, Violations: []schemas.Violation{{Pointer: "/page", Code: "wrong_type", Detail: "it is no number"}}}, "/page: wrong_type: it is no number\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if report(&b, "herbarium x", c.err); b.String() != c.want {
				t.Errorf("got %q, want %q", b.String(), c.want)
			}
		})
	}
}

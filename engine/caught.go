package engine

import (
	"context"
	"fmt"
	"runtime/debug"

	"herbarium/engine/plan"
)

// panicError is a panic of a run. Runs that callers share have a goroutine of their own,
// in which a panic would end the process, and not the one request that met it.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// caught is deferred by what a run calls: a panic becomes its error, for the log, and
// fault.Internal for callers.
func caught(err *error) {
	if value := recover(); value != nil {
		*err = failure(&panicError{value, debug.Stack()})
	}
}

// runCaught is run, whose panics are errors.
func runCaught(ctx context.Context, table Table, p *plan.Plan) (c Cursor, err error) {
	defer caught(&err)
	return run(ctx, table, p)
}

package columnar

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/fault"
)

// reloadDelay is when a client that asked for damaged rows should retry: somebody has to
// load them first.
const reloadDelay = 30 * time.Second

// unreadable is the failure of a dataset whose files cannot be read. The cause
// is for the log alone: it names files of the server's.
func unreadable(dataset string, cause error) *fault.Error {
	detail := fmt.Sprintf("the stored rows of dataset %s cannot be read; the server's log says why", dataset)
	if errors.As(cause, new(*files.Corruption)) {
		detail = fmt.Sprintf("the stored rows of dataset %s are damaged; load them again with: %s", dataset, fault.LoadCall(dataset))
	}
	return &fault.Error{Code: fault.StoreUnavailable, Detail: detail, RetryAfter: reloadDelay,
		Err: fmt.Errorf("%w: %w", fault.ErrUnreadable, cause)}
}

// guard runs work that reads the table's columns. A column can turn out to be damaged
// when it is first touched, and a page of a mapped file can become unreadable, which
// raises a signal. Kernels return no errors, so both are panics; guard returns them as an
// error, and the table remembers the first. Every goroutine that reads columns has to
// run under a guard of its own.
func (t *table) guard(work func() error) error {
	if t.segment == nil {
		return work()
	}
	// The columns point into memory that is unmapped once the table is gone.
	defer runtime.KeepAlive(t)
	if err := t.segment.file.Guard(work); err != nil {
		if errors.As(err, new(*files.Corruption)) && !errors.As(err, new(*fault.Error)) {
			fault := unreadable(t.segment.dataset, err)
			t.fault.CompareAndSwap(nil, fault)
			return fault
		}
		return err
	}
	return nil
}

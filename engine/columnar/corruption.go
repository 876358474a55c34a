package columnar

import (
	"errors"
	"fmt"
	"herbarium/engine/fault"
	"runtime"
	"runtime/debug"
	"time"
)

// corruption is an error that says what is wrong with a file of the store.
type corruption struct{ file, what string }

func (d *corruption) Error() string { return d.file + ": " + d.what }

func corrupt(file, format string, args ...any) *corruption {
	return &corruption{file, fmt.Sprintf(format, args...)}
}

// reloadDelay is when a client that asked for damaged rows should retry: somebody has to
// load them first.
const reloadDelay = 30 * time.Second

// unreadable is the failure of a dataset whose files cannot be read. The cause
// is for the log alone: it names files of the server's.
func unreadable(dataset string, cause error) *fault.Error {
	detail := fmt.Sprintf("the stored rows of dataset %s cannot be read; the server's log says why", dataset)
	if errors.As(cause, new(*corruption)) {
		detail = fmt.Sprintf("the stored rows of dataset %s are damaged; load them again with: %s", dataset, fault.LoadCall(dataset))
	}
	return &fault.Error{Code: fault.StoreUnavailable, Detail: detail, RetryAfter: reloadDelay,
		Err: fmt.Errorf("%w: %w", fault.ErrUnreadable, cause)}
}

// memoryFault is how the runtime panics where memory cannot be read.
type memoryFault interface {
	runtime.Error
	Addr() uintptr
}

// guard runs work that reads the table's columns. A file can turn out to be
// damaged at any touch, and a page of a mapped one can vanish, which raises a
// signal where it is read; kernels have no errors for that, so it comes as a
// panic, which ends here, and the table remembers the first. Every goroutine that
// reads columns is guarded by itself.
func (t *table) guard(work func() error) error {
	if t.segment == nil {
		return work()
	}
	// The columns point into memory that is unmapped once the table is gone.
	defer runtime.KeepAlive(t)
	if err := t.segment.file.guard(work); err != nil {
		if errors.As(err, new(*corruption)) && !errors.As(err, new(*fault.Error)) {
			fault := unreadable(t.segment.dataset, err)
			t.fault.CompareAndSwap(nil, fault)
			return fault
		}
		return err
	}
	return nil
}

// guard runs work that reads the mapping, and makes errors of its panics that
// come of the file.
func (m *mapping) guard(work func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if met := recover(); met != nil {
			err = m.fault(met)
		}
	}()
	return work()
}

// fault makes an error of a panic that came of the file. What did not goes on.
func (m *mapping) fault(met any) error {
	switch met := met.(type) {
	case *corruption:
		return met
	case memoryFault:
		if m.contains(met.Addr()) {
			return corrupt(m.name, "byte %d cannot be read any more: the file was cut short, or the disk failed", m.offset(met.Addr()))
		}
	}
	panic(met)
}

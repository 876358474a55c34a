package overload

import "runtime/metrics"

// busy returns a function that reports whether as many goroutines wait for a processor as
// there are processors. It is not safe for concurrent use.
func busy(processors int) func() bool {
	runnable := []metrics.Sample{{Name: "/sched/goroutines/runnable:goroutines"}}
	return func() bool {
		metrics.Read(runnable)
		v := runnable[0].Value
		return v.Kind() != metrics.KindUint64 || v.Uint64() >= uint64(processors)
	}
}

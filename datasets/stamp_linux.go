package datasets

import (
	"io/fs"
	"syscall"
)

// changeTime is when the file or what is said of it last changed, which no
// program can set: it tells of a change that kept size and time.
func changeTime(info fs.FileInfo) (seconds, nanoseconds int64) {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int64(s.Ctim.Sec), int64(s.Ctim.Nsec) //nolint:unconvert // they are narrower on some processors
	}
	return 0, 0
}

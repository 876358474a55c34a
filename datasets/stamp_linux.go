package datasets

import (
	"io/fs"
	"syscall"
)

// changeTime returns the file's ctime. Programs cannot set it, so it reveals a
// change that kept size and modification time.
func changeTime(info fs.FileInfo) (seconds, nanoseconds int64) {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int64(s.Ctim.Sec), int64(s.Ctim.Nsec) //nolint:unconvert // they are narrower on some processors
	}
	return 0, 0
}

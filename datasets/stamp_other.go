//go:build !linux

package datasets

import "io/fs"

// changeTime returns zero: the ctime is used on Linux only.
func changeTime(fs.FileInfo) (seconds, nanoseconds int64) { return 0, 0 }

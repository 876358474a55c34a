package datasets

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

// ErrChanged is the error of reading a data file that changed meanwhile, so that
// what was read may be a mixture of versions.
var ErrChanged = errors.New("the file changed while it was read")

// stamp identifies the state of a file without reading it, by what stat reports. The
// zero value means that there is no file.
type stamp struct {
	info  fs.FileInfo // nil if there is no regular file
	fault string      // why info is nil
}

func stampOf(files fs.FS, name string) stamp {
	info, err := fs.Stat(files, name)
	if err != nil {
		return stamp{fault: reason(err)}
	}
	if !info.Mode().IsRegular() {
		return stamp{fault: errIrregular.Error()}
	}
	return stamp{info: info}
}

func (s stamp) same(other stamp) bool {
	if s.info == nil || other.info == nil {
		return s.info == other.info && s.fault == other.fault
	}
	seconds, nanoseconds := changeTime(s.info)
	otherSeconds, otherNanoseconds := changeTime(other.info)
	return seconds == otherSeconds && nanoseconds == otherNanoseconds && s.info.Mode() == other.info.Mode() && s.sameFile(other)
}

// sameFile reports whether both are stamps of one file that was not written to in
// between. The file may have been renamed.
func (s stamp) sameFile(other stamp) bool {
	return s.info != nil && other.info != nil && os.SameFile(s.info, other.info) &&
		s.info.Size() == other.info.Size() && s.info.ModTime().Equal(other.info.ModTime())
}

// modifiedWithin reports whether the file was written to less than d before now, or
// less than d after it, since now may have been read before the stamp.
func (s stamp) modifiedWithin(d time.Duration, now time.Time) bool {
	if s.info == nil {
		return false
	}
	return now.Sub(s.info.ModTime()).Abs() < d // a time in the far future does not block a file
}

// size returns the file's size in bytes, or 0 if there is no file.
func (s stamp) size() int64 {
	if s.info == nil {
		return 0
	}
	return s.info.Size()
}

// stableFile is an open file. At its end Read returns ErrChanged if the file changed
// since it was opened.
type stableFile struct {
	fs.File
	before fs.FileInfo
}

// newStableFile wraps f, or returns f itself if that is not a regular file.
func newStableFile(f fs.File) io.ReadCloser {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return f
	}
	return &stableFile{f, info}
}

// Read reads from the file.
func (s *stableFile) Read(p []byte) (int, error) {
	n, err := s.File.Read(p)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	now, statErr := s.Stat()
	if statErr != nil {
		return n, statErr
	}
	if now.Size() != s.before.Size() || !now.ModTime().Equal(s.before.ModTime()) {
		return n, ErrChanged
	}
	return n, err
}

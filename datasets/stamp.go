package datasets

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

// ErrChanged is the error of reading a data file that changed meanwhile: what
// was read is of no one moment.
var ErrChanged = errors.New("the file changed while it was read")

// stamp tells one state of a file from another without reading it. The zero
// value stands for no file at all.
type stamp struct {
	info  fs.FileInfo // nil for what is not a regular file, or is not there
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

// sameFile reports whether both are of one file that was not written to between
// them. To rename it makes no difference.
func (s stamp) sameFile(other stamp) bool {
	return s.info != nil && other.info != nil && os.SameFile(s.info, other.info) &&
		s.info.Size() == other.info.Size() && s.info.ModTime().Equal(other.info.ModTime())
}

// youngerThan reports whether the file was written to within the time d before
// now, or after it: now may have been read before the file's state.
func (s stamp) youngerThan(d time.Duration, now time.Time) bool {
	if s.info == nil {
		return false
	}
	return now.Sub(s.info.ModTime()).Abs() < d // a file of a far future is as good as old
}

// size returns the file's size in bytes, 0 where there is no file.
func (s stamp) size() int64 {
	if s.info == nil {
		return 0
	}
	return s.info.Size()
}

// steady reads an open file to its end, and says there if it changed since it
// was opened.
type steady struct {
	fs.File
	before fs.FileInfo
}

// newSteady returns f as it is where it is no regular file, which has no state
// to compare.
func newSteady(f fs.File) io.ReadCloser {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return f
	}
	return &steady{f, info}
}

// Read reads from the file.
func (s *steady) Read(p []byte) (int, error) {
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

package source

import "errors"

// SyntaxError is a place after which a source cannot be read on. Line and
// Column count from 1, columns in bytes; both are 0 where a file has no lines.
type SyntaxError struct {
	Line, Column int
	Detail       string
}

func (e *SyntaxError) Error() string { return e.Detail }

// ErrorAt returns a *SyntaxError at a place.
func ErrorAt(line, column int, detail string) error {
	return &SyntaxError{Line: line, Column: column, Detail: detail}
}

// DamagedAt makes a *DamagedError a *SyntaxError at the place where the
// compressed data cannot be read on. Other errors stay as they are.
func DamagedAt(err error, line, column int) error {
	var damaged *DamagedError
	if errors.As(err, &damaged) {
		return ErrorAt(line, column, "the compressed data ends or breaks here: "+err.Error())
	}
	return err
}

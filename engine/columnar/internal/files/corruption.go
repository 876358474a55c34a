package files

import "fmt"

// Corruption is an error that says what is wrong with a file of the store.
type Corruption struct{ file, what string }

func (d *Corruption) Error() string { return d.file + ": " + d.what }

// Corrupt returns the error of a file.
func Corrupt(file, format string, args ...any) *Corruption {
	return &Corruption{file, fmt.Sprintf(format, args...)}
}

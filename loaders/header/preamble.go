package header

import "strings"

// Before reports whether a row cannot be the header, though a later one can.
func (r *Rows) Before(at int) bool {
	row := r.Values[at]
	if len(row) == r.Width-1 && at+1 < len(r.Values) && r.Width > 2 && Filled(row) == len(row) && !r.anyBefore(at+1) {
		return false // R's header, or rows that end in a delimiter
	}
	if len(row) != r.Width {
		// A short header is one where nothing better follows.
		return (len(row) < r.Width || Filled(row) <= 1) && r.anyBefore(at+1)
	}
	if r.Width < 2 {
		return false
	}
	if at > 0 && Filled(row) < r.Width && row[r.Width-1] == "" {
		return r.anyBefore(at + 1)
	}
	return Filled(row) <= 1 && r.anyBefore(at+1)
}

// anyBefore reports whether a row from there on could be a header: all of its
// values are there, and are text.
func (r *Rows) anyBefore(from int) bool {
	for i := from; i < min(len(r.Values), from+20); i++ {
		row := r.Values[i]
		if len(row) != r.Width || 2*Filled(row) <= len(row) {
			continue
		}
		if !r.LooksLikeValues(i) || years(row) {
			return true
		}
		if Filled(row) == len(row) || row[len(row)-1] != "" {
			return false
		}
	}
	return false
}

// Filled returns how many values of a row are there.
func Filled(row []string) (n int) {
	for _, v := range row {
		if strings.TrimSpace(v) != "" {
			n++
		}
	}
	return n
}

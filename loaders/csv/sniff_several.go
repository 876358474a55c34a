package csv

import (
	"slices"
	"strings"
)

// severalDelimiters are delimiters of several characters, those first that contain
// others. Programs write them where any one character may stand in a value.
var severalDelimiters = []string{"||~||", "|~|", "~|~", "|^|", "^|^", "|#|", "#|#", "|@|", "@|@", "|;|", "[|]", "<|>", "|||", ":::", "||", "::", "~~", "^^", ";;", "##", "@@", "$$", "!!"}

// several returns the reading by a delimiter of several characters; nil where there is
// none. All lines have it equally often, and the header has none of its characters
// elsewhere. Where a part of it is a delimiter by itself, no line may have that part
// elsewhere, since values may be empty.
func (s *sniffer) several(in syntax) *reading {
	for _, d := range severalDelimiters {
		if !strings.Contains(string(s.text[:min(len(s.text), 4096)]), d) {
			continue
		}
		in.setDelimiter(d)
		r := s.read(in)
		if r.Width < 2 || len(r.Values) < 2 || r.alike() < 1 || r.broken > 0 || d == "::" && r.Width < 3 {
			continue
		}
		rows := r.Values[:1]
		if strings.ContainsAny(d[:1], delimiters) {
			rows = r.Values
		}
		if !slices.ContainsFunc(rows, func(row []string) bool { return strings.ContainsAny(strings.Join(row, ""), d) }) {
			r.rate()
			s.Note("%q stands between values.", d)
			return r
		}
	}
	return nil
}

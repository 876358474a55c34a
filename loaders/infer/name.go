package infer

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"herbarium/datasets"
)

// DatasetName makes a dataset's name of a file's.
func DatasetName(file string) string {
	base, _, _ := strings.Cut(path.Base(strings.ReplaceAll(file, `\`, "/")), ".")
	var b strings.Builder
	for _, r := range strings.ToLower(base) {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '_', r == '-':
			b.WriteRune(r)
		default:
			b.WriteByte('_')
		}
	}
	const limit = 64
	name := strings.Trim(strings.Join(strings.FieldsFunc(b.String(), func(r rune) bool { return r == '_' }), "_"), "_-")
	name = name[:min(len(name), limit)]
	switch {
	case name == "":
		return "data"
	case !datasets.ValidName(name):
		return "data_" + name // a digit is first, or the name is taken
	}
	return name
}

// maxPart is the length in bytes of a part of a field's name. YAML has a form
// of its own for keys of more than 128.
const (
	maxPart = 60
	maxName = 120
)

// partOf makes part of a field's name of a name of the source. What is a name
// stays as it is.
func partOf(text string) string {
	plain := true
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '_', unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			b.WriteRune(r)
		case r == ' ' || r == '-':
			plain = false
			b.WriteByte('_')
		case r == '%':
			b.WriteString("_percent_")
		case r == '#':
			b.WriteString("_number_")
		default:
			b.WriteByte('_')
		}
	}
	name := b.String()
	if name != text {
		for strings.Contains(name, "__") {
			name = strings.ReplaceAll(name, "__", "_")
		}
		name = strings.Trim(name, "_")
	}
	if !plain {
		name = strings.ToLower(name)
	}
	if len(name) > maxPart {
		name = strings.TrimRight(strings.ToValidUTF8(name[:maxPart], ""), "_")
	}
	return name
}

// pandasIndex is what pandas calls the columns of an index without a name.
const pandasIndex = "__index_level_"

// names gives each field a name of its own, such that none is within another.
type names struct {
	taken   map[string]bool
	parents map[string]bool
}

func newNames() *names { return &names{map[string]bool{}, map[string]bool{}} }

// name makes the name of a field of the names that lead to it in the source.
// Numbers are places in a list and go with the name before them.
func (n *names) name(path []string, place int) string {
	var parts []string
	for _, p := range path {
		if repeated, n, ok := strings.Cut(p, "#"); ok && len(path) == 1 && repeated != "" && n != "" && allDigits([]byte(n)) {
			p = repeated + "_" + n // the second column of a name
		}
		part := partOf(p)
		if part == "" {
			continue
		}
		if len(parts) > 0 && allDigits([]byte(p)) {
			parts[len(parts)-1] += "_" + part
			continue
		}
		parts = append(parts, part)
	}
	base := strings.Join(parts, ".")
	switch {
	case len(path) == 1 && strings.HasPrefix(path[0], pandasIndex):
		base = "index"
	case len(path) == 1 && unnamed(path[0]):
		base = "c" + path[0][1:]
	case base == "":
		base = fmt.Sprintf("c%d", place)
	case base == "_id" || strings.HasPrefix(base, "_id."):
		base = base[1:]
	}
	if len(base) > maxName {
		base = strings.TrimRight(strings.ToValidUTF8(base[:maxName], ""), "_.")
	}
	if n.withinTaken(base) {
		base = strings.ReplaceAll(base, ".", "_") // a field with a value of its own cannot hold others
	}
	name := base
	for i := 2; n.taken[name] || n.parents[name] || n.withinTaken(name); i++ {
		name = fmt.Sprintf("%s_%d", base, i)
	}
	n.taken[name] = true
	for i, b := range []byte(name) {
		if b == '.' {
			n.parents[name[:i]] = true
		}
	}
	return name
}

// withinTaken reports whether a field has the name of an object that the name
// is in.
func (n *names) withinTaken(name string) bool {
	for i, b := range []byte(name) {
		if b == '.' && n.taken[name[:i]] {
			return true
		}
	}
	return false
}

// unnamed reports whether a column goes by its place, as #1.
func unnamed(name string) bool {
	place, ok := strings.CutPrefix(name, "#")
	return ok && place != "" && allDigits([]byte(place))
}

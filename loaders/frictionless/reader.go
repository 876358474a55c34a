package frictionless

import (
	"fmt"
	"strings"

	"herbarium/schemas"
)

// Fault is something wrong in a package.
type Fault struct {
	Pointer string // a JSON pointer
	Detail  string
}

// Error is what is wrong in a package.
type Error struct {
	Faults []Fault
}

// Error says what is wrong and where, a line for each fault.
func (e *Error) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.Pointer + ": " + f.Detail
	}
	return strings.Join(lines, "\n")
}

// reader gathers what is wrong.
type reader struct{ faults []Fault }

func (r *reader) fault(pointer, format string, args ...any) {
	r.faults = append(r.faults, Fault{pointer, fmt.Sprintf(format, args...)})
}

func (r *reader) err() error {
	if len(r.faults) == 0 {
		return nil
	}
	return &Error{r.faults}
}

// value is a JSON value and the pointer to it; node is nil where there is none.
type value struct {
	node    *schemas.Node
	pointer string
}

// get returns the value of a key. One that is null counts as absent.
func (v value) get(key string) value {
	found := value{pointer: schemas.Key(v.pointer, key)}
	if v.node == nil {
		return found
	}
	for i := range v.node.Members {
		if m := &v.node.Members[i]; m.Key == key && m.Value.Kind != schemas.Null {
			found.node = &m.Value
		}
	}
	return found
}

// items returns the elements of an array.
func (v value) items() (all []value) {
	if v.node == nil {
		return nil
	}
	for i := range v.node.Items {
		all = append(all, value{&v.node.Items[i], schemas.Index(v.pointer, i)})
	}
	return all
}

func (v value) is(kind schemas.Kind) bool { return v.node != nil && v.node.Kind == kind }

// expect reports whether the value is there, and faults one of another kind.
func (r *reader) expect(v value, kind schemas.Kind) bool {
	if v.node != nil && v.node.Kind != kind {
		r.fault(v.pointer, "%s belongs here, not %s", kind, v.node.Kind)
	}
	return v.is(kind)
}

func (r *reader) text(v value) string {
	if !r.expect(v, schemas.String) {
		return ""
	}
	return v.node.Text
}

func (r *reader) truth(v value, absent bool) bool {
	if !r.expect(v, schemas.Bool) {
		return absent
	}
	return v.node.Bool
}

// texts reads a list of texts, or one text.
func (r *reader) texts(v value) (all []string) {
	if v.is(schemas.String) {
		return []string{v.node.Text}
	}
	r.expect(v, schemas.Array)
	for _, item := range v.items() {
		if text := r.text(item); text != "" || item.is(schemas.String) {
			all = append(all, text)
		}
	}
	return all
}

// scalars reads a list of values, as texts. Those that are objects have a value and
// a label, as in version 2.
func (r *reader) scalars(v value) (all []string) {
	r.expect(v, schemas.Array)
	for _, item := range v.items() {
		if item.is(schemas.Object) {
			item = item.get("value")
		}
		switch {
		case item.is(schemas.String), item.is(schemas.Number):
			all = append(all, item.node.Text)
		case item.is(schemas.Bool):
			all = append(all, fmt.Sprint(item.node.Bool))
		case item.node != nil:
			r.fault(item.pointer, "a string, a number or a boolean belongs here, not %s", item.node.Kind)
		}
	}
	return all
}

package query

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// Mark is where an answer ended that a query goes on from.
type Mark struct {
	Version string // of the rows; "" where they have none
	Last    plan.Position
	// Values are that row's values of the fields that the query sorts by.
	Values []plan.Nullable
}

// A token is a mark as text: tokenForm, the version with its length before it,
// the position likewise, a name of the query and a checksum, in base64 for
// URLs. That of a query that sorts has sortedForm, and the values after the
// position. It is no secret and proves nothing: who makes one up gets rows of the
// query that it stands beside, as everybody may. That of a view which hides something is
// sealed (see seal).
const (
	tokenForm  = 1
	sortedForm = 2
	queryBytes = 8
	checkBytes = 4
)

var tokenText = base64.RawURLEncoding.Strict()

var (
	errNoToken      = errors.New("is not a token of an earlier answer; copy the whole of X-Next-After, or follow the link rel=next")
	errForeignToken = errors.New("is the token of another query; send it with the query whose answer it came with, or start again without it")
)

// Token returns the mark as text, with which the query goes on; "" where the
// place, or its values, are too long for one.
func (q *Query) Token(m Mark) string {
	if m.Last == "" || len(m.Last) > maxPosition || len(m.Values) != len(q.Sort) {
		return ""
	}
	b := []byte{tokenForm, byte(len(m.Version))}
	b = append(append(b, m.Version...), byte(len(m.Last)))
	b = append(b, m.Last...)
	if q.Sort != nil {
		b[0] = sortedForm
		start := len(b)
		for i, v := range m.Values {
			b = appendNullable(b, v, q.sortType(i))
		}
		if len(b)-start > maxValues {
			return ""
		}
	}
	b = append(b, q.name()...)
	b = append(b, checksum(b)...)
	if s, ok := sealOf(q.Dataset); ok {
		b = s.seal(b)
	}
	return tokenText.EncodeToString(b)
}

// sortType returns the type of the i-th field that the query of rows sorts by.
func (q *Query) sortType(i int) datasets.Type { return q.Dataset.Fields[q.Sort[i].By].Type }

// appendNullable writes a value after a byte that says whether there is one.
func appendNullable(dst []byte, v plan.Nullable, t datasets.Type) []byte {
	if v.Null {
		return append(dst, 0)
	}
	dst = append(dst, 1)
	switch t {
	case datasets.Number:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.Float))
	case datasets.String:
		dst = binary.LittleEndian.AppendUint16(dst, uint16(min(len(v.Str), math.MaxUint16)))
		return append(dst, v.Str...)
	default:
		return binary.LittleEndian.AppendUint64(dst, uint64(v.Int))
	}
}

// cutNullable reads what appendNullable wrote.
func cutNullable(b []byte, t datasets.Type) (v plan.Nullable, rest []byte, ok bool) {
	if len(b) == 0 || b[0] > 1 {
		return v, nil, false
	}
	if b[0] == 0 {
		return plan.Nullable{Null: true}, b[1:], true
	}
	b = b[1:]
	if t == datasets.String {
		if len(b) < 2 || len(b)-2 < int(binary.LittleEndian.Uint16(b)) {
			return v, nil, false
		}
		end := 2 + int(binary.LittleEndian.Uint16(b))
		v.Str = string(b[2:end])
		return v, b[end:], utf8.ValidString(v.Str)
	}
	if len(b) < 8 {
		return v, nil, false
	}
	word := binary.LittleEndian.Uint64(b)
	if t == datasets.Number {
		v.Float = math.Float64frombits(word)
		return v, b[8:], !math.IsNaN(v.Float) && !math.IsInf(v.Float, 0)
	}
	v.Int = int64(word)
	return v, b[8:], true
}

// parseToken reads what token wrote for the same query.
func parseToken(text string, q *Query) (Mark, error) {
	b, err := tokenText.DecodeString(text)
	if s, ok := sealOf(q.Dataset); ok && err == nil {
		if b, ok = s.open(b); !ok {
			return Mark{}, errNoToken
		}
	}
	if err != nil || len(b) < 2+1+queryBytes+checkBytes {
		return Mark{}, errNoToken
	}
	b, check := b[:len(b)-checkBytes], b[len(b)-checkBytes:]
	form := b[0]
	if form != tokenForm && form != sortedForm || !bytes.Equal(check, checksum(b)) {
		return Mark{}, errNoToken
	}
	if len(b) < queryBytes || !bytes.Equal(b[len(b)-queryBytes:], q.name()) {
		return Mark{}, errForeignToken
	}
	b = b[:len(b)-queryBytes]
	version, b, ok := cutPart(b[1:])
	if !ok {
		return Mark{}, errNoToken
	}
	last, b, ok := cutPart(b)
	m := Mark{Version: string(version), Last: plan.Position(last)}
	if !ok || !m.Last.Valid() || (form == sortedForm) != (q.Sort != nil) {
		return Mark{}, errNoToken
	}
	for i := range q.Sort {
		var v plan.Nullable
		if v, b, ok = cutNullable(b, q.sortType(i)); !ok {
			return Mark{}, errNoToken
		}
		m.Values = append(m.Values, v)
	}
	if len(b) != 0 {
		return Mark{}, errNoToken
	}
	if _, counted := m.Last.Row(); m.Version != "" && !counted {
		return Mark{}, errNoToken
	}
	return m, nil
}

// cutPart cuts off a part that has its length before it.
func cutPart(b []byte) (part, rest []byte, ok bool) {
	if len(b) == 0 || len(b)-1 < int(b[0]) {
		return nil, nil, false
	}
	return b[1 : 1+b[0]], b[1+b[0]:], true
}

func checksum(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:checkBytes]
}

// maxPosition is the length of the longest position that a token takes;
// whoever has longer _ids pages by number.
const maxPosition = 255

// maxValues is how many bytes the values in a token may take, so that it fits
// into a URL.
const maxValues = 600

// name tells queries apart that differ in more than their page.
func (q *Query) name() []byte {
	b := append([]byte(q.Dataset.Name), 0)
	b = append(append(b, q.Operation.Path...), 0)
	sum := sha256.Sum256(q.appendSelection(b))
	return sum[:queryBytes]
}

package query

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"herbarium/engine/plan"
)

// Mark is where an answer ended that a query goes on from.
type Mark struct {
	Version string // of the rows; "" where they have none
	Last    plan.Position
}

// A token is a mark as text: tokenForm, the version with its length before it,
// the position likewise, a name of the query and a checksum, in base64 for
// URLs. It is no secret and proves nothing: who makes one up gets rows of the
// query that it stands beside, as everybody may.
const (
	tokenForm  = 1
	queryBytes = 8
	checkBytes = 4
)

var tokenText = base64.RawURLEncoding.Strict()

var (
	errNoToken      = errors.New("is not a token of an earlier answer; copy the whole of X-Next-After, or follow the link rel=next")
	errForeignToken = errors.New("is the token of another query; send it with the query whose answer it came with, or start again without it")
)

// Token returns the mark as text, with which the query goes on; "" where the
// place is too long for one.
func (q *Query) Token(m Mark) string {
	if m.Last == "" || len(m.Last) > maxPosition {
		return ""
	}
	b := []byte{tokenForm, byte(len(m.Version))}
	b = append(append(b, m.Version...), byte(len(m.Last)))
	b = append(append(b, m.Last...), q.name()...)
	return tokenText.EncodeToString(append(b, checksum(b)...))
}

// parseToken reads what token wrote for the same query.
func parseToken(text string, q *Query) (Mark, error) {
	b, err := tokenText.DecodeString(text)
	if err != nil || len(b) < 2+1+queryBytes+checkBytes {
		return Mark{}, errNoToken
	}
	b, check := b[:len(b)-checkBytes], b[len(b)-checkBytes:]
	if b[0] != tokenForm || !bytes.Equal(check, checksum(b)) {
		return Mark{}, errNoToken
	}
	version, b, ok := cutPart(b[1:])
	if !ok {
		return Mark{}, errNoToken
	}
	last, b, ok := cutPart(b)
	m := Mark{Version: string(version), Last: plan.Position(last)}
	switch {
	case !ok || len(b) != queryBytes || !m.Last.Valid():
		return Mark{}, errNoToken
	case !bytes.Equal(b, q.name()):
		return Mark{}, errForeignToken
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

// name tells queries apart that differ in more than their page.
func (q *Query) name() []byte {
	b := append([]byte(q.Dataset.Name), 0)
	b = append(append(b, q.Operation.Path...), 0)
	sum := sha256.Sum256(q.appendSelection(b))
	return sum[:queryBytes]
}

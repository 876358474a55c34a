package columnar

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"herbarium/engine/internal/lru"
	"herbarium/engine/plan"
)

// A text match is run once for each text of the field's dictionary. What it gives is a
// set of codes, as a membership does, and is kept for the next query. Codes of texts with
// one prefix are no range, since the dictionary is in order of bytes and letters match in
// either case.

// textMatchKey is the key of a text match in its cache.
type textMatchKey struct {
	table uint64
	field int
	match string
}

// textMatchBytes is the memory for the results of text matches on all tables.
const textMatchBytes = 32 << 20

// matchedTexts is the result of a text match.
type matchedTexts struct {
	condition condition // nil where no text matches
	bytes     int64
}

type textMatches = lru.Cache[textMatchKey, matchedTexts]

func newTextMatches() *textMatches {
	return lru.New(textMatchBytes, func(k textMatchKey, m matchedTexts) int64 { return m.bytes + int64(len(k.match)) + 256 })
}

// textCondition returns the condition of the texts that match, nil where none does.
func (t *table) textCondition(ctx context.Context, p *plan.Predicate) (condition, error) {
	// No folded text has the byte 0xff.
	key := textMatchKey{t.id, p.Field, strconv.FormatBool(p.Text.Prefix) + "\xff" + strings.Join(p.Text.Any, "\xff")}
	if known, ok := t.textMatches.Get(key); ok {
		return known.condition, nil
	}
	texts, parts := t.dictionaryParts(p.Field)
	codes, err := t.matchTexts(ctx, texts, parts, p.Text)
	if err != nil {
		return nil, err
	}
	m := matchedTexts{condition: codesCondition(len(texts), codes)}
	if _, ok := m.condition.(codeSet); ok {
		m.bytes = int64(len(texts))
	}
	t.textMatches.Add(key, m)
	return m.condition, nil
}

// textsPerPart is how many texts a core searches at a time.
const textsPerPart = 2048

// textParts returns a dictionary in pieces: textsPerPart texts each, behind one another,
// after the unused entry. Packed is all of them.
func textParts(texts []string, packed string) []string {
	parts := make([]string, 0, (len(texts)-1+textsPerPart-1)/textsPerPart)
	for part := range slices.Chunk(texts[1:], textsPerPart) {
		bytes := 0
		for _, text := range part {
			bytes += len(text)
		}
		parts = append(parts, packed[:bytes])
		packed = packed[bytes:]
	}
	return parts
}

// dictionaryParts returns the dictionary of a field, and the same in parts.
func (t *table) dictionaryParts(field int) (texts, parts []string) {
	if t.segment != nil {
		return t.segment.texts(field)
	}
	return t.texts[field], t.textParts[field]
}

// matchTexts returns the codes of the texts that match, ascending.
func (t *table) matchTexts(ctx context.Context, texts, parts []string, match *plan.TextMatch) ([]uint32, error) {
	matching := make([][]uint32, len(parts))
	searches := make([]*textSearch, t.workersFor(len(parts)))
	for i := range searches {
		searches[i] = newTextSearch(match)
	}
	err := t.parallel(ctx, 0, len(parts), len(searches), func(worker, part int) {
		first := 1 + part*textsPerPart
		s := searches[worker]
		if n := s.find(texts[first:min(first+textsPerPart, len(texts))], parts[part]); n > 0 {
			matching[part] = make([]uint32, 0, n)
		}
		for i, found := range s.found {
			if found {
				matching[part] = append(matching[part], uint32(first+i))
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return slices.Concat(matching...), nil
}

package engine

import (
	"context"

	"herbarium/datasets"
)

// A store hands out texts as codes into a dictionary of its table, which has the texts of
// hidden rows too, and some formats write the dictionary. So the batches of a view get
// dictionaries of the texts that its rows have. They grow from batch to batch, so that a
// format finds the same one again, and begin anew when they have become large.
type shownTexts struct {
	Cursor
	batch   Batch
	columns []shownColumn
}

// shownColumn is the dictionary of a column of texts.
type shownColumn struct {
	texts  []string
	places map[string]uint32 // of each text
	codes  []uint32
	// turned has the new code of each of the batch's codes, and 1; 0 where it is not known.
	// It is empty where the batch's dictionary is large: clearing it would cost more than
	// looking up the texts.
	turned []uint32
}

// maxTurned is the size of the largest dictionary that has turned.
const maxTurned = 4 * BatchRows

func newShownTexts(c Cursor) Cursor { return &shownTexts{Cursor: c} }

// Next returns the next rows, with dictionaries of their own.
func (s *shownTexts) Next(ctx context.Context) (*Batch, error) {
	b, err := s.Cursor.Next(ctx)
	if err != nil {
		return nil, err
	}
	s.batch.Rows = b.Rows
	s.batch.Columns = append(s.batch.Columns[:0], b.Columns...)
	if s.columns == nil {
		s.columns = make([]shownColumn, len(b.Columns))
	}
	for i := range s.batch.Columns {
		if v := &s.batch.Columns[i]; v.Type == datasets.String {
			s.columns[i].turn(v, b.Rows)
		}
	}
	return &s.batch, nil
}

// turn replaces the dictionary and the codes of a column with so many rows.
func (c *shownColumn) turn(v *Vector, rows int) {
	if c.places == nil || len(c.texts) > BatchRows {
		c.places, c.texts = map[string]uint32{}, nil
	}
	c.turned = c.turned[:0]
	if len(v.Dict) <= maxTurned {
		c.turned = append(c.turned, make([]uint32, len(v.Dict))...)
	}
	c.codes = append(c.codes[:0], make([]uint32, rows)...)
	for i := range rows {
		if v.Null(i) {
			continue
		}
		code := v.Codes[i]
		switch {
		case len(c.turned) == 0:
			c.codes[i] = c.place(v.Dict[code])
			continue
		case c.turned[code] == 0:
			c.turned[code] = c.place(v.Dict[code]) + 1
		}
		c.codes[i] = c.turned[code] - 1
	}
	v.Codes, v.Dict, v.Unused = c.codes, c.texts, 0
}

// place returns the code of a text, which is new or not.
func (c *shownColumn) place(text string) uint32 {
	code, ok := c.places[text]
	if !ok {
		code = uint32(len(c.texts))
		c.places[text] = code
		c.texts = append(c.texts, text)
	}
	return code
}

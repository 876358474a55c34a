package page

import (
	"context"
	"encoding/json"
	"strconv"
)

// fieldsView says what each field is and what values it has in all rows.
type fieldsView struct {
	Fields []fieldRow
	More   int // fields that are not shown
	Error  string
}

// fieldRow is a field with its values in short.
type fieldRow struct {
	field
	Selector string
	Missing  string // share of rows without a value
	Least    cell
	Greatest cell
	Middle   cell   // the median, or the most frequent value
	Distinct string // number of distinct values
	Sketch   string
}

// someFields is how many fields are described.
const someFields = 60

// fields asks for the summary of every field.
func (b *builder) fields(ctx context.Context) fieldsView {
	d := b.state.dataset
	v := fieldsView{More: max(0, len(d.Fields)-someFields)}
	records, err := b.summaries(ctx)
	if err != nil {
		v.Error = b.texts.words(err)
	}
	for i := range d.Fields[:len(d.Fields)-v.More] {
		f := &d.Fields[i]
		row := fieldRow{field: newField(f), Selector: b.selectorOf(i)}
		row.Least, row.Greatest, row.Middle = cell{Null: true}, cell{Null: true}, cell{Null: true}
		if i < someSketches {
			row.Sketch = b.sketchURL(f, false)
		}
		if r, ok := records[f.Name]; ok {
			if f.Enum == nil { // whose order is not that of its letters
				row.Least, row.Greatest = newCell(r.value("min")), newCell(r.value("max"))
			}
			if row.Middle = newCell(r.value("median")); row.Middle.Null {
				row.Middle = newCell(r.value("most_frequent"))
			}
			row.Distinct = newCell(r.value("distinct")).Text
			row.Missing = b.share(r.count("missing"), r.count("missing")+r.count("count"))
		}
		v.Fields = append(v.Fields, row)
	}
	return v
}

// bareFields are the fields of a dataset without rows.
func (b *builder) bareFields() fieldsView {
	d := b.state.dataset
	v := fieldsView{More: max(0, len(d.Fields)-someFields)}
	for i := range d.Fields[:len(d.Fields)-v.More] {
		none := cell{Null: true}
		v.Fields = append(v.Fields, fieldRow{field: newField(&d.Fields[i]), Selector: b.selectorOf(i), Least: none, Greatest: none, Middle: none})
	}
	return v
}

// share writes a share in percent, "none" for none.
func (b *builder) share(part, whole int64) string {
	switch {
	case part == 0:
		return b.texts.t("none")
	case whole <= 0:
		return ""
	}
	percent := 100 * float64(part) / float64(whole)
	if percent < 0.1 {
		return "< 0.1 %"
	}
	return short(percent) + "\u00a0%"
}

// summaries are the summaries of fields, by name: of stats/summary, else what the
// overview tells.
func (b *builder) summaries(ctx context.Context) (map[string]record, error) {
	found := map[string]record{}
	if b.offers("stats/summary") {
		a, err := b.ask(ctx, "stats/summary", nil, false, param{"group_by", ""})
		if err != nil {
			return nil, err
		}
		for _, r := range a.records {
			name, _ := r.value("field").(string)
			found[name] = r
		}
		return found, nil
	}
	known := b.overview(ctx)
	for i := range b.state.dataset.Fields {
		name := b.state.dataset.Fields[i].Name
		missing := known.value("missing_" + name)
		if missing == nil {
			continue
		}
		r := record{"min": known.value("min_" + name), "max": known.value("max_" + name), "missing": missing}
		if n := b.info.Rows - known.count("missing_"+name); b.info.Rows >= 0 {
			r["count"] = json.Number(strconv.FormatInt(n, 10))
		}
		found[name] = r
	}
	return found, nil
}

package page

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"herbarium/api/format"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// drawingFormat stands for drawings where the engine names an answer's bytes: the
// tag of a drawing follows from the dataset, its version and all that the drawing
// shows. Its name changes when drawings do.
var drawingFormat = engine.Format{Name: "svg9", MediaType: "image/svg+xml", Described: true, New: func(p *plan.Plan) engine.Encoder { return format.JSON.New(p) }}

// partFormat does the same for parts of pages.
var partFormat = engine.Format{Name: "html1", MediaType: "text/html", Described: true, New: drawingFormat.New}

// PictureTag returns the tag that a chart has now, without making it; "" where the
// rows have no version, or the chart cannot be made.
func (s *Site) PictureTag(ctx context.Context, v Visit) string {
	b := s.builder(v)
	q, err := b.query("range", b.state.conditions())
	if err != nil {
		return ""
	}
	tag, err := s.engine.Tag(ctx, q, drawingFormat, "")
	if err != nil || tag == "" {
		return ""
	}
	// What is drawn where the state does not say of what depends on that order.
	order := strings.Join(v.Dataset.FieldNames(v.Dataset.StatsOrder), "\n")
	return tag + "." + fingerprint(b.state.query()+order)
}

// Picture makes the chart of a state as an SVG. The error of an unknown kind or
// field is that of a query which is not valid.
func (s *Site) Picture(ctx context.Context, v Visit) ([]byte, error) {
	b := s.builder(v)
	var d *drawing
	if b.state.get("chart[kind]") == "sketch" {
		of, ok := b.state.dataset.Field(b.state.get("chart[of]"))
		if !ok || !b.offers(distributionOf(&b.state.dataset.Fields[of])) {
			return nil, errChart
		}
		sketch, err := drawSketch(ctx, b, of)
		if err != nil {
			return nil, err
		}
		d = sketch
	} else {
		k, ok := b.kindOf()
		if asked := b.state.get("chart[kind]"); !ok || asked != "" && asked != k.name {
			return nil, errChart
		}
		if wrong := b.unfit(k); len(wrong) > 0 {
			return nil, &fault.Error{Code: fault.InvalidQuery, Detail: strings.Join(b.unfitTexts(k, wrong), "\n")}
		}
		c, err := k.draw(ctx, b)
		if err != nil {
			return nil, err
		}
		d = c.drawing
	}
	style := colours.FindString(pageStyle) + darkColours.FindString(pageStyle) + chartStyle
	return d.file(style), nil
}

// The rules of the page's style that name colours.
var (
	colours     = regexp.MustCompile(`:root\{[^}]*\}`)
	darkColours = regexp.MustCompile(`@media \(prefers-color-scheme:dark\)\{:root\{[^}]*\}\}`)
)

// errChart is the error of a chart that the dataset does not have.
var errChart = &fault.Error{Code: fault.InvalidQuery, Detail: "the dataset has no such chart: chart[kind] is means, distribution, time, pairs or correlation, of fields that have it"}

// fingerprint names a text shortly.
func fingerprint(text string) string {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return fmt.Sprintf("%x", h)
}

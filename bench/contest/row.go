package contest

import "fmt"

// Row is a result as a row of a table that people read.
type Row struct {
	Name    string   // S1
	Work    string   // what was done
	Ours    string   // the figure of Herbarium, if one stands for all
	Figures []string // the goals, each with what was measured
}

// Row returns the result as a row.
func (r *Result) Row() Row {
	row := Row{Name: r.Name, Work: r.What}
	if ours := r.Side("herbarium"); ours != nil {
		row.Ours = Span(ours.Median).String()
	}
	for _, g := range r.Goals {
		row.Figures = append(row.Figures, g.figure())
	}
	row.Figures = append(row.Figures, r.Notes...)
	return row
}

// figure is String without Herbarium's name.
func (g Met) figure() string {
	what := ""
	if g.Contender != "herbarium" {
		what = g.Contender + ": "
	}
	if g.Against == "" {
		return fmt.Sprintf("%s%v%s", what, Span(g.Measured), Asked("≤ "+Span(g.Goal).String(), g.Met))
	}
	goal := ""
	if g.Goal > 0 {
		goal = Asked(fmt.Sprintf("≥ %.2g", g.Goal), g.Met)
	}
	return fmt.Sprintf("%s%.2f × %s%s", what, g.Measured, g.Against, goal)
}

// Asked is a goal with its verdict, as it stands behind a figure.
func Asked(goal string, met bool) string {
	return fmt.Sprintf(" (goal %s: %s)", goal, Verdict(met))
}

// Package report writes what was measured into a page of Markdown, with plots.
package report

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"herbarium/bench/contest"
	"herbarium/bench/requests"
	"herbarium/bench/scans"
)

// The lines between which a page has what was measured.
const (
	begin = "<!-- measured: begin; what follows is written by the harness -->\n"
	end   = "<!-- measured: end -->\n"
)

// tabled is a result that is a row of the table.
type tabled interface{ Row() contest.Row }

// Page puts the results into the page, in place of those of an earlier run, and
// the plots into a folder beside it that is called as the page is.
func Page(path, run string, results []any) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := bytes.Cut(page, []byte(begin))
	_, after, ends := bytes.Cut(rest, []byte(end))
	if !begins || !ends {
		return fmt.Errorf("%s does not say where the figures go: it needs the lines\n%s%s", path, begin, end)
	}
	var measured bytes.Buffer
	fmt.Fprintf(&measured, "\n%s\n\n", run)
	writeRows(&measured, results)
	writeMatrix(&measured, results)
	writeGrowth(&measured, results)
	plots := strings.TrimSuffix(path, filepath.Ext(path))
	if err := writePlots(&measured, plots, results); err != nil {
		return err
	}
	return os.WriteFile(path, slices.Concat(before, []byte(begin), measured.Bytes(), []byte(end), after), 0o644)
}

// writeRows writes the table of all results that are rows, S1 first, then Q1.
func writeRows(w *bytes.Buffer, results []any) {
	var rows []contest.Row
	for _, r := range results {
		if r, ok := r.(tabled); ok {
			rows = append(rows, r.Row())
		}
	}
	slices.SortStableFunc(rows, func(a, b contest.Row) int { return cmp.Compare(place(a.Name), place(b.Name)) })
	fmt.Fprint(w, "| row | work | Herbarium | goals, and what was measured |\n|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(w, "| %s | %s | %s | %s |\n", cell(r.Name), cell(r.Work), cell(r.Ours), cell(strings.Join(r.Figures, "; ")))
	}
	fmt.Fprintln(w)
}

// cell is text that ends no cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// place orders S1 to S12, Q1 to Q9 and M1 by letter and number; other names come behind.
func place(name string) int {
	for i, letter := range []string{"S", "Q", "M"} {
		number, _, _ := strings.Cut(strings.TrimPrefix(name, letter), " ")
		if n, err := strconv.Atoi(number); err == nil && strings.HasPrefix(name, letter) {
			return 100*i + n
		}
	}
	return 1000
}

// writeMatrix writes the ratios by the kind of the rows.
func writeMatrix(w *bytes.Buffer, results []any) {
	m := find[*scans.Matrix](results)
	if m == nil {
		return
	}
	heads := m.Heads()
	fmt.Fprintf(w, "By the size, the order and the nulls of the rows, %s:\n\n| %s |\n|%s\n", m.What, strings.Join(heads, " | "), strings.Repeat("---|", len(heads)))
	for i := range m.Lines {
		fmt.Fprintf(w, "| %s |\n", strings.Join(m.Lines[i].Cells(), " | "))
	}
	fmt.Fprintln(w)
}

// writeGrowth writes the table of S10.
func writeGrowth(w *bytes.Buffer, results []any) {
	g := find[*scans.Growth](results)
	if g == nil {
		return
	}
	fmt.Fprintf(w, "S10, %s; the slope is that of the logarithms, 1 is as the rows grow:\n", g.What)
	work := ""
	for _, l := range g.Lines {
		if l.Work != work {
			work = l.Work
			fmt.Fprintf(w, "\n| %s |", work)
			for _, p := range l.Points {
				fmt.Fprintf(w, " %d |", p.Rows)
			}
			fmt.Fprintf(w, " slope | steepest |\n|%s\n", strings.Repeat("---|", len(l.Points)+3))
		}
		fmt.Fprintf(w, "| %s |", l.Contender)
		for _, p := range l.Points {
			fmt.Fprintf(w, " %v |", contest.Span(p.Seconds))
		}
		fmt.Fprintf(w, " %.2f | %.2f |\n", l.Slope, l.Steepest)
	}
	fmt.Fprintln(w)
}

// writePlots writes the plots, where there is something to plot, and shows them.
func writePlots(w *bytes.Buffer, folder string, results []any) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	show := func(name, what string) {
		fmt.Fprintf(w, "![%s](%s/%s)\n\n", what, filepath.Base(folder), name)
	}
	if g := find[*scans.Growth](results); g != nil {
		if err := plotThroughput(filepath.Join(folder, "throughput.svg"), g); err != nil {
			return err
		}
		show("throughput.svg", "Rows a second by the rows of the table")
	}
	if l := find[*requests.Latency](results); l != nil {
		if err := plotLatency(filepath.Join(folder, "latency.svg"), l); err != nil {
			return err
		}
		show("latency.svg", "Time of an answer by the load")
	}
	return nil
}

// find returns the first result of a type, nil if there is none.
func find[T any](results []any) T {
	for _, r := range results {
		if r, ok := r.(T); ok {
			return r
		}
	}
	var none T
	return none
}

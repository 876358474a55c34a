package docs_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// takeHome runs the code that a page shows under "Take it home", in each of its
// languages. Of the rows it compares how many there are, and the sum of a column, and of
// the chart its numbers, with those of the file.
func takeHome(t *testing.T, binary string) {
	server := exec.Command(binary, "serve")
	server.Dir = t.TempDir() // no ./datasets there
	address := "http://" + serve(t, server)
	heavy := heavyOfDream(t)
	shown := look(t, address+"/penguins?island=Dream&lower[body_mass_g]=3700&sort=-body_mass_g&chart[of]=flipper_length_mm&chart[by]=species")
	rows := taken{dir: t.TempDir(), codes: shown.snippets("snippet"), want: fmt.Sprintf("%d %d", heavy.rows, heavy.mass), file: "penguins.csv",
		awk:    `awk -F, 'NR > 1 {n++; s += $6} END {print n, s}'`,
		pandas: "print(len(df), df.body_mass_g.sum())", polars: `print(len(df), df["body_mass_g"].sum())`,
		duckdb: "SELECT count(*) || ' ' || sum(body_mass_g) FROM rows",
		r:      "cat(nrow(rows), sum(rows$body_mass_g))",
		js:     `console.log(rows.length + " " + rows.reduce((sum, row) => sum + row.body_mass_g, 0));`,
		lines: func(records []map[string]any) string {
			sum := 0.0
			for _, r := range records {
				sum += r["body_mass_g"].(float64)
			}
			return fmt.Sprintf("%d %.0f", len(records), sum)
		}}
	chart := taken{dir: t.TempDir(), codes: shown.snippets("chart-snippet"), want: strings.Join(heavy.flippers, "\n"), file: "penguins-stats.csv",
		awk:    `awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i} NR > 1 {printf "%s %d %.6f %.6f\n", $at["species"], $at["count_flipper_length_mm"], $at["mean_flipper_length_mm"], $at["stddev_flipper_length_mm"]}' RS='\r?\n'`,
		pandas: `for g in df.itertuples(): print(f"{g.species} {g.count_flipper_length_mm} {g.mean_flipper_length_mm:.6f} {g.stddev_flipper_length_mm:.6f}")`,
		polars: `for g in df.iter_rows(named=True): print(f"{g['species']} {g['count_flipper_length_mm']} {g['mean_flipper_length_mm']:.6f} {g['stddev_flipper_length_mm']:.6f}")`,
		duckdb: "SELECT format('{} {} {:.6f} {:.6f}', species, count_flipper_length_mm, mean_flipper_length_mm, stddev_flipper_length_mm) FROM rows",
		r:      `cat(sprintf("%s %d %.6f %.6f\n", rows$species, rows$count_flipper_length_mm, rows$mean_flipper_length_mm, rows$stddev_flipper_length_mm), sep = "")`,
		js:     `for (const g of rows) console.log(g.species, g.count_flipper_length_mm, g.mean_flipper_length_mm.toFixed(6), g.stddev_flipper_length_mm.toFixed(6));`,
		lines: func(records []map[string]any) string {
			var lines []string
			for _, g := range records {
				lines = append(lines, fmt.Sprintf("%s %.0f %.6f %.6f", g["species"], g["count_flipper_length_mm"], g["mean_flipper_length_mm"], g["stddev_flipper_length_mm"]))
			}
			return strings.Join(lines, "\n")
		}}
	t.Run("rows", rows.run)
	t.Run("chart", chart.run)
	t.Run("links are what is shown", func(t *testing.T) { linksAreShown(t, shown) })
	t.Run("MongoDB", func(t *testing.T) { aggregate(t, binary) })
}

// taken is the code of a page for its rows or its chart, with what is to be added in
// each language so that the code prints what is wanted.
type taken struct {
	dir, file, want                    string
	codes                              map[string]string
	awk, pandas, polars, duckdb, r, js string
	lines                              func(records []map[string]any) string
}

// run runs each language's code.
func (k taken) run(t *testing.T) {
	for name, do := range map[string]func(t *testing.T, code string){
		"curl": func(t *testing.T, code string) {
			k.program(t, "sh", "-e", "-c", quiet(code)+"\n"+k.awk+" "+k.file)
		},
		"Excel": func(t *testing.T, code string) {
			k.program(t, "sh", "-e", "-c", "curl -s '"+code+"' | sed '1s/^\xef\xbb\xbf//' | "+k.awk)
		},
		"JSON body": func(t *testing.T, code string) {
			out, err := exec.CommandContext(t.Context(), "sh", "-e", "-c", quiet(code)).Output()
			if err != nil {
				t.Fatal(err)
			}
			k.compare(t, k.lines(records(t, "["+strings.ReplaceAll(strings.TrimSpace(string(out)), "\n", ",")+"]")))
		},
		"pandas": func(t *testing.T, code string) {
			k.program(t, interpreter(t, "HERBARIUM_TEST_PYTHON"), k.write(t, "in_pandas.py", code+"\n"+k.pandas+"\n"))
		},
		"polars": func(t *testing.T, code string) {
			k.program(t, interpreter(t, "HERBARIUM_TEST_PYTHON"), k.write(t, "in_polars.py", code+"\n"+k.polars+"\n"))
		},
		"DuckDB": func(t *testing.T, code string) {
			// The extension that opens URLs comes from another host, so curl does it.
			python := interpreter(t, "HERBARIUM_TEST_PYTHON")
			_, query, _ := strings.Cut(code, "\n")
			url := regexp.MustCompile(`'(http[^']*)'`).FindStringSubmatch(query)
			if url == nil || !strings.HasPrefix(code, "INSTALL httpfs; LOAD httpfs;\nSELECT ") {
				t.Fatalf("the code is %s", code)
			}
			k.write(t, "rows.parquet", string(get(t, url[1])))
			query = strings.TrimSuffix(strings.Replace(query, url[1], "rows.parquet", 1), ";")
			k.program(t, python, k.write(t, "in_duckdb.py", "import duckdb\nfor r in duckdb.sql(\"WITH rows AS ("+query+") "+k.duckdb+"\").fetchall(): print(r[0])\n"))
		},
		"R": func(t *testing.T, code string) {
			k.program(t, interpreter(t, "HERBARIUM_TEST_RSCRIPT"), k.write(t, "in_r.r", code+"\n"+k.r+"\n"))
		},
		"JavaScript": func(t *testing.T, code string) {
			node, err := exec.LookPath("node")
			if err != nil {
				t.Skip("there is no Node.js")
			}
			k.program(t, node, k.write(t, "in_js.mjs", code+"\n"+k.js+"\n"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			if k.codes[name] == "" {
				t.Fatal("the page has no such code")
			}
			do(t, k.codes[name])
		})
	}
}

func quiet(code string) string { return strings.Replace(code, "curl ", "curl -sf ", 1) }

// program runs a program, which prints what is wanted.
func (k taken) program(t *testing.T, program string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = k.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	k.compare(t, strings.TrimSpace(string(out)))
}

func (k taken) compare(t *testing.T, got string) {
	t.Helper()
	if got != k.want {
		t.Errorf("got %q, want %q", got, k.want)
	}
}

func (k taken) write(t *testing.T, name, code string) string {
	t.Helper()
	file := filepath.Join(k.dir, name)
	if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// records reads a JSON array of objects.
func records(t *testing.T, text string) []map[string]any {
	t.Helper()
	var all []map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return all
}

// linksAreShown compares what the links answer with the cells of the page's tables, to
// the digit.
func linksAreShown(t *testing.T, shown markup) {
	for _, c := range []struct {
		snippet, after string
		columns        []string
		rows           int
	}{
		{"snippet", `<section id="rows"`, []string{"species", "island", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex"}, 25},
		{"chart-snippet", `<details class="numbers"`, []string{"species", "mean_flipper_length_mm", "stddev_flipper_length_mm", "count_flipper_length_mm"}, 2},
	} {
		decoder := json.NewDecoder(bytes.NewReader(get(t, shown.snippets(c.snippet)["Link"])))
		decoder.UseNumber()
		var answer []map[string]any
		if err := decoder.Decode(&answer); err != nil {
			t.Fatal(err)
		}
		cells := shown.table(c.after)
		if len(answer) != c.rows || len(cells) != c.rows {
			t.Fatalf("%d rows are answered, %d shown, want %d", len(answer), len(cells), c.rows)
		}
		for i, row := range answer {
			for j, name := range c.columns {
				want := "null"
				if row[name] != nil {
					want = fmt.Sprint(row[name])
				}
				if j >= len(cells[i]) || cells[i][j] != want {
					t.Errorf("row %d shows %v, where %s is %s", i, cells[i], name, want)
				}
			}
		}
	}
}

// heavy are the penguins of Dream that weigh 3,700 g and more.
type heavy struct {
	rows, mass int
	flippers   []string // species, count, mean and deviation
}

// heavyOfDream reads them from the file. The deviation is the sample's, in two passes.
func heavyOfDream(t *testing.T) heavy {
	t.Helper()
	file, err := os.Open("../datasets/data/penguins.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var h heavy
	flippers := map[string][]float64{}
	for _, r := range records[1:] {
		mass, err := strconv.Atoi(r[5])
		if err != nil || r[1] != "Dream" || mass < 3700 {
			continue
		}
		h.rows, h.mass = h.rows+1, h.mass+mass
		length, err := strconv.ParseFloat(r[4], 64)
		if err != nil {
			t.Fatal(err)
		}
		flippers[r[0]] = append(flippers[r[0]], length)
	}
	for _, species := range slices.Sorted(maps.Keys(flippers)) {
		n, sum, squares := float64(len(flippers[species])), 0.0, 0.0
		for _, v := range flippers[species] {
			sum += v
		}
		for _, v := range flippers[species] {
			squares += (v - sum/n) * (v - sum/n)
		}
		h.flippers = append(h.flippers, fmt.Sprintf("%s %.0f %.6f %.6f", species, n, sum/n, math.Sqrt(squares/(n-1))))
	}
	return h
}

// markup is the HTML of a page.
type markup string

// look opens a page as a browser does.
func look(t *testing.T, url string) markup {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.NewReplacer("[", "%5B", "]", "%5D").Replace(url), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return markup(text)
}

// snippets returns the codes of the page, by the names of languages: of its rows
// (snippet) or its chart (chart-snippet).
func (p markup) snippets(group string) map[string]string {
	found := map[string]string{}
	shown := regexp.MustCompile(`(?s)<details class="snippet" name="` + group + `"[^>]*><summary>([^<]*)</summary>(.*?)<code>([^<]*)</code>`)
	for _, m := range shown.FindAllStringSubmatch(string(p), -1) {
		found[m[1]] = html.UnescapeString(m[3])
		found[m[1]+": words"] = html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(m[2], ""))
	}
	return found
}

// table returns the texts of the cells of the first table behind a text.
func (p markup) table(after string) [][]string {
	_, rest, _ := strings.Cut(string(p), after)
	_, rest, _ = strings.Cut(rest, "<tbody>")
	body, _, _ := strings.Cut(rest, "</tbody>")
	var rows [][]string
	for _, row := range strings.Split(body, "<tr>")[1:] {
		var cells []string
		for _, m := range regexp.MustCompile(`(?s)<td[^>]*>(.*?)</td>`).FindAllStringSubmatch(row, -1) {
			cells = append(cells, html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(m[1], "")))
		}
		rows = append(rows, cells)
	}
	return rows
}

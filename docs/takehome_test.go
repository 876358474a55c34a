package docs_test

import (
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// takeHome runs the code that a page shows under "Take it home", in each of its
// languages, and compares how many rows it gets, and the sum of a column, with
// those of the file.
func takeHome(t *testing.T, binary string) {
	server := exec.Command(binary, "serve")
	server.Dir = t.TempDir() // no ./datasets there
	address := "http://" + serve(t, server)
	rows, sum := heavyOfDream(t)
	want := fmt.Sprintf("%d %d", rows, sum)
	codes := snippets(t, address+"/penguins?island=Dream&lower[body_mass_g]=3700&sort=-body_mass_g")
	dir := t.TempDir()
	run := func(t *testing.T, program string, args ...string) {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	write := func(t *testing.T, name, code string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	const sumOfCSV = `awk -F, 'NR > 1 {n++; s += $6} END {print n, s}'`
	for name, do := range map[string]func(t *testing.T, code string){
		"curl": func(t *testing.T, code string) {
			run(t, "sh", "-e", "-c", strings.Replace(code, "curl ", "curl -s ", 1)+"\n"+sumOfCSV+" penguins.csv")
		},
		"Excel": func(t *testing.T, code string) {
			run(t, "sh", "-e", "-c", "curl -s '"+code+"' | "+sumOfCSV)
		},
		"JSON body": func(t *testing.T, code string) {
			run(t, "sh", "-e", "-c", strings.Replace(code, "curl ", "curl -s ", 1)+` | sed 's/.*"body_mass_g":\([0-9]*\).*/\1/' | awk '{n++; s += $1} END {print n, s}'`)
		},
		"pandas": func(t *testing.T, code string) {
			run(t, interpreter(t, "HERBARIUM_TEST_PYTHON"), write(t, "in_pandas.py", code+"\nprint(len(df), df.body_mass_g.sum())\n"))
		},
		"polars": func(t *testing.T, code string) {
			run(t, interpreter(t, "HERBARIUM_TEST_PYTHON"), write(t, "in_polars.py", code+"\nprint(len(df), df[\"body_mass_g\"].sum())\n"))
		},
		"DuckDB": func(t *testing.T, code string) {
			// The extension that opens URLs comes from another host, so curl does it.
			python := interpreter(t, "HERBARIUM_TEST_PYTHON")
			_, query, _ := strings.Cut(code, "\n")
			url := regexp.MustCompile(`'(http[^']*)'`).FindStringSubmatch(query)
			if url == nil || !strings.HasPrefix(code, "INSTALL httpfs; LOAD httpfs;\nSELECT ") {
				t.Fatalf("the code is %s", code)
			}
			write(t, "rows.parquet", string(get(t, url[1])))
			query = strings.TrimSuffix(strings.Replace(query, url[1], "rows.parquet", 1), ";")
			run(t, python, write(t, "in_duckdb.py", "import duckdb\nprint(*duckdb.sql(\"SELECT count(*), sum(body_mass_g) FROM ("+query+")\").fetchall()[0])\n"))
		},
		"R": func(t *testing.T, code string) {
			run(t, interpreter(t, "HERBARIUM_TEST_RSCRIPT"), write(t, "in_r.r", code+"\ncat(nrow(rows), sum(rows$body_mass_g))\n"))
		},
		"JavaScript": func(t *testing.T, code string) {
			node, err := exec.LookPath("node")
			if err != nil {
				t.Skip("there is no Node.js")
			}
			run(t, node, write(t, "in_js.mjs", code+"\nconsole.log(rows.length + \" \" + rows.reduce((sum, row) => sum + row.body_mass_g, 0));\n"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			if codes[name] == "" {
				t.Fatal("the page has no such code")
			}
			do(t, codes[name])
		})
	}
	if !strings.HasPrefix(codes["MongoDB"], "[\n  {\"$match\":") || strings.Contains(codes["MongoDB"], "$limit") {
		t.Errorf("the pipeline is %s", codes["MongoDB"])
	}
}

// heavyOfDream returns how many penguins of Dream weigh 3,700 g and more, and how
// much they weigh together.
func heavyOfDream(t *testing.T) (rows, sum int) {
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
	for _, r := range records[1:] {
		if mass, err := strconv.Atoi(r[5]); err == nil && r[1] == "Dream" && mass >= 3700 {
			rows, sum = rows+1, sum+mass
		}
	}
	return rows, sum
}

// snippets returns the codes of a page for its rows, by the names of languages.
func snippets(t *testing.T, url string) map[string]string {
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
	page, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	shown := regexp.MustCompile(`(?s)<details class="snippet" name="snippet"[^>]*><summary>([^<]*)</summary>.*?<code>([^<]*)</code>`)
	for _, m := range shown.FindAllStringSubmatch(string(page), -1) {
		found[m[1]] = html.UnescapeString(m[2])
	}
	return found
}

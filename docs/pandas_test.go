package docs_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readWithPandas holds what formats.md says about pandas: which way of reading
// keeps every value, and that the default does not.
func readWithPandas(t *testing.T, binary string) {
	python := os.Getenv("HERBARIUM_TEST_PYTHON")
	if python == "" {
		t.Skip("HERBARIUM_TEST_PYTHON names no interpreter with pandas")
	}
	const rows = 2000
	made := exec.Command(binary, "serve", "--datasets", longNumbers(t, rows))
	read := exec.Command(python, "pandas_json.py", "http://"+serve(t, made)+"/long/range")
	read.Stderr = os.Stderr
	out, err := read.Output()
	if err != nil {
		t.Fatal(err)
	}
	var differ map[string]map[string]int
	if err := json.Unmarshal(out, &differ); err != nil {
		t.Fatal(err)
	}
	none := map[string]int{"number": 0, "code": 0, "day": 0}
	for _, exact := range []string{"JSON", "CSV", "Parquet"} {
		if diff := cmp.Diff(none, differ[exact]); diff != "" {
			t.Errorf("%s: values that differ (-want +got):\n%s", exact, diff)
		}
	}
	asJSON, asCSV := differ["JSON by default"], differ["CSV by default"]
	t.Logf("by default, of %d values differ in JSON %v, in CSV %v", rows, asJSON, asCSV)
	if asJSON["number"] < rows/2 || asJSON["code"] != rows || asCSV["number"] != 0 || asCSV["code"] != rows {
		t.Errorf("by default, of %d values differ in JSON %v, in CSV %v; formats.md says otherwise", rows, asJSON, asCSV)
	}
}

// longNumbers returns a folder with a dataset of numbers that need 17 digits, and
// of texts that look like integers.
func longNumbers(t *testing.T, rows int) string {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	var text strings.Builder
	text.WriteString("number,code,day\n")
	for i := 0; i < rows; {
		number := strconv.FormatFloat(r.Float64(), 'f', -1, 64)
		if len(strings.TrimLeft(number, "0.")) < 17 {
			continue
		}
		i++
		fmt.Fprintf(&text, "%s,%05d,2019-%02d-%02d\n", number, r.IntN(10000), 1+r.IntN(12), 1+r.IntN(28))
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"long.yaml": "dataset: long\ndata: long.csv\nfields: {number: {type: number}, code: {type: string}, day: {type: date}}\n",
		"long.csv":  text.String(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

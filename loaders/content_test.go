package loaders

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/loaders/source"
)

// numbers returns a dataset of one integer field called x.
func numbers(t testing.TB) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse("d.yaml", []byte("dataset: numbers\nfields: {x: {type: integer}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// coded compresses a text.
func coded(t testing.TB, text, coding string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zstd":
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	case "lz4":
		w = lz4.NewWriter(&b)
	default:
		return []byte(text)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func streamOf(content []byte) []Source { return []Source{Stream("t.csv", bytes.NewReader(content))} }

func TestCompressionIsKnownByItsContent(t *testing.T) {
	for _, coding := range []string{"gzip", "zstd"} {
		whole := coded(t, "x\n1\n2\n", coding)
		summary, err := Check(t.Context(), numbers(t), streamOf(whole), Options{})
		if err != nil || summary.Rows != 2 || summary.Bytes != int64(len(whole)) {
			t.Errorf("%s: %+v, %v", coding, summary, err)
		}
		for n := range len(whole) - 1 {
			_, err := Check(t.Context(), numbers(t), streamOf(whole[:n+1]), Options{})
			var wrong *DataError
			if !errors.As(err, &wrong) {
				t.Errorf("%s: the first %d of %d bytes: %v", coding, n+1, len(whole), err)
			}
		}
		// Two compressed texts in a row are one.
		summary, err = Check(t.Context(), numbers(t), streamOf(append(whole, coded(t, "3\n", coding)...)), Options{})
		if err != nil || summary.Rows != 3 {
			t.Errorf("%s, twice: %+v, %v", coding, summary, err)
		}
	}
}

func TestWhatBecomesFarTooLargeIsRefused(t *testing.T) {
	for _, coding := range []string{"gzip", "zstd"} {
		bomb := coded(t, "x\n"+strings.Repeat("1\n", 1<<21), coding)
		options := Options{limits: source.DefaultLimits()}
		options.limits.Inflated = 1 << 20
		_, err := Check(t.Context(), numbers(t), streamOf(bomb), options)
		var wrong *DataError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "the compressed data ends or breaks here: it becomes more than 200 times its size") {
			t.Errorf("%s: %v", coding, err)
		}
		if _, err := Check(t.Context(), numbers(t), streamOf(bomb), Options{}); err != nil {
			t.Errorf("%s: 4 MiB are no bomb: %v", coding, err)
		}
	}
}

func TestWhatIsTakenForACSVAndIsNoneIsOneFault(t *testing.T) {
	ds, err := datasets.Parse("d.yaml", []byte("dataset: d\nfields: {a: {type: integer}, b: {type: string}, c: {type: date}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ content, want string }{
		"gzip in gzip":   {string(coded(t, string(coded(t, "a,b,c\n", "gzip")), "gzip")), "the data is compressed twice; decompress it once"},
		"zstd in gzip":   {string(coded(t, string(coded(t, "a,b,c\n", "zstd")), "gzip")), "the data is compressed twice; decompress it once"},
		"spaces":         {" \t \n  ", "the file has nothing but spaces and line ends"},
		"null":           {"null\n", "this is JSON, null, and not a row; rows are objects: an array of them, or one on each line"},
		"a text of JSON": {"\ufeff \"x\"", "this is JSON, a string, and not a row; rows are objects: an array of them, or one on each line"},
	} {
		_, err := Check(t.Context(), ds, streamOf([]byte(c.content)), Options{})
		if want := "t.csv:1:1: " + c.want; err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
	// What has the columns is a CSV.
	one, err := datasets.Parse("d.yaml", []byte("dataset: d\nfields: {x: {type: string}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{`"x"`, "x\n1\n"} {
		if _, err := Check(t.Context(), one, streamOf([]byte(content)), Options{}); err != nil {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func TestALineBeyondTheLimitIsRefused(t *testing.T) {
	// Nothing but a line: it must not be kept to its end.
	endless := io.MultiReader(strings.NewReader("x\n1\n"), &repeating{'7', 1 << 30})
	_, err := Check(t.Context(), numbers(t), []Source{Stream("t.csv", endless)}, Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "t.csv:3:1: the line is longer than 16777216 bytes (row 2)") {
		t.Errorf("%v", err)
	}
	endless = io.MultiReader(strings.NewReader("x\n1\n\""), &repeating{'\n', 1 << 30})
	_, err = Check(t.Context(), numbers(t), []Source{Stream("t.csv", endless)}, Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "t.csv:3:1: the value in quotes is longer than 16777216 bytes; is its quote closed? (row 2)") {
		t.Errorf("%v", err)
	}
}

// repeating reads as n times one byte.
type repeating struct {
	b byte
	n int
}

func (r *repeating) Read(p []byte) (int, error) {
	n := min(len(p), r.n)
	for i := range n {
		p[i] = r.b
	}
	if r.n -= n; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// TestManyBlocksAreReadInOrder reads more than two blocks, so that several
// goroutines decode them, and holds values, rows and lines against what was
// written.
func TestManyBlocksAreReadInOrder(t *testing.T) {
	var b strings.Builder
	b.WriteString("x,s\n")
	const rows = 20_000
	for i := range rows {
		switch i {
		case 9_000, 19_999:
			b.WriteString("no,\"a\n\"\"b\"\n")
		default:
			b.WriteString("7,\"a\nb\"\n")
		}
	}
	ds, err := datasets.Parse("d.yaml", []byte("dataset: d\nfields: {x: {type: integer}, s: {type: string}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	options := Options{limits: source.DefaultLimits(), Skip: true}
	options.limits.Chunk = 1000
	in := newIngest(ds, options.withDefaults(ds))
	var good int
	in.write = func(_ context.Context, batch *engine.Batch) error {
		for i := range batch.Rows {
			if v := batch.Columns[1].Value(i).Str; v != "a\nb" || batch.Columns[0].Ints[i] != 7 {
				t.Errorf("row %d is %q", good, v)
			}
			good++
		}
		return nil
	}
	if err := in.read(t.Context(), streamOf([]byte(b.String()))); err != nil {
		t.Fatal(err)
	}
	if good != rows-2 || in.summary.Read != rows || in.summary.Rejected != 2 {
		t.Errorf("%d good rows, %+v", good, in.summary)
	}
	var lines []string
	for _, f := range in.faults.first {
		lines = append(lines, f.String())
	}
	want := "t.csv:18002:1: x: \"no\" is not an integer (row 9001)\nt.csv:40000:1: x: \"no\" is not an integer (row 20000)"
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("faults:\n%s\nwant:\n%s", got, want)
	}
}

func TestAFailureToWriteEndsManyBlocks(t *testing.T) {
	options := Options{limits: source.DefaultLimits()}
	options.limits.Chunk = 1000
	ds := numbers(t)
	in := newIngest(ds, options.withDefaults(ds))
	full := errors.New("the disk is full")
	in.write = func(context.Context, *engine.Batch) error { return full }
	if err := in.read(t.Context(), streamOf([]byte("x\n"+strings.Repeat("1\n", 1<<20)))); !errors.Is(err, full) {
		t.Error(err)
	}
}

//go:build unix

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
)

// pieceRows is how many rows each load of the torture test brings: more than
// a block.
const pieceRows = 10_000

// torture is a dataset whose loads are killed.
type torture struct {
	mode  string
	dir   string // of its descriptor, its data and its store
	ds    *datasets.Dataset
	store string
}

func newTorture(t *testing.T, mode string) *torture {
	t.Helper()
	dir := t.TempDir()
	yaml := "dataset: pieces\nfields: {id: {type: integer}, load: {type: integer}, text: {type: string}}\n"
	if mode == "upsert" {
		yaml += "key: [id]\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "pieces.yaml"), []byte(yaml+"data: none.csv\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	snapshot, err := datasets.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	ds, ok := snapshot.Dataset("pieces")
	if !ok {
		t.Fatal(snapshot.Broken())
	}
	return &torture{mode, dir, ds, filepath.Join(dir, "rows")}
}

// load returns the command that loads piece number n.
func (k *torture) load(t *testing.T, n int64) *exec.Cmd {
	t.Helper()
	var rows strings.Builder
	rows.WriteString("id,load,text\n")
	for i := range pieceRows {
		fmt.Fprintf(&rows, "%d,%d,text %d\n", i, n, (i+int(n))%7)
	}
	file := filepath.Join(k.dir, "piece.csv")
	if err := os.WriteFile(file, []byte(rows.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &exec.Cmd{Path: binary, Args: []string{"herbarium", "load", "pieces", file, "--mode", k.mode,
		"--datasets", k.dir, "--store", "file:" + k.store, "--keep", "0s", "--quiet"}}
}

// last returns the number of the last load whose rows are there. All of them
// have to be, in their order, and nothing of another one.
func (k *torture) last(eng *engine.Engine) (int64, error) {
	q, err := query.Parse(k.ds, datasets.Range, []byte("{}"))
	if err != nil {
		return 0, err
	}
	n, last := int64(0), int64(0)
	for row, err := range eng.Rows(context.Background(), q) {
		if err != nil {
			return 0, err
		}
		id, _ := row.Value("id").(int64)
		load, _ := row.Value("load").(int64)
		want := last
		if n%pieceRows == 0 {
			if want = load; k.mode == "append" {
				want = last + 1
			}
			last = want
		}
		if id != n%pieceRows || load != want || row.Text("text") != fmt.Sprint("text ", (id+load)%7) {
			return 0, fmt.Errorf("row %d is %d of load %d, %q", n, id, load, row.Text("text"))
		}
		n++
	}
	if n == 0 || n%pieceRows > 0 || k.mode != "append" && n > pieceRows {
		return 0, fmt.Errorf("there are %d rows", n)
	}
	return last, nil
}

// TestALoadThatIsKilledIsWhollyThereOrNotAtAll kills loads at random moments, 10
// times in each mode or as often as HERBARIUM_TORTURE says, while a reader
// asks without a pause.
func TestALoadThatIsKilledIsWhollyThereOrNotAtAll(t *testing.T) {
	times, err := strconv.Atoi(os.Getenv("HERBARIUM_TORTURE"))
	if err != nil {
		times = 10
	}
	for _, mode := range []string{"replace", "append", "upsert"} {
		t.Run(mode, func(t *testing.T) { newTorture(t, mode).run(t, times) })
	}
}

func (k *torture) run(t *testing.T, times int) {
	start := time.Now()
	if out, err := k.load(t, 1).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(start)
	reader := engine.New(columnar.Open(k.store, columnar.FileOptions{}), engine.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	answers := make(chan int)
	go func() { answers <- k.read(ctx, t, reader) }()
	published, killed := int64(1), 0
	for range times {
		load := k.load(t, published+1)
		if err := load.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rand.Int64N(int64(took)*3/2)), func() { _ = load.Process.Kill() })
		err := load.Wait()
		timer.Stop()
		now, failed := k.last(engine.New(columnar.Open(k.store, columnar.FileOptions{}), engine.Options{}))
		if failed != nil || now != published && now != published+1 || err == nil && now == published {
			t.Fatalf("after load %d: load %d is there, %v; it ended with %v", published+1, now, failed, err)
		}
		if err != nil {
			killed++
		}
		published = now
	}
	if out, err := k.load(t, published+1).CombinedOutput(); err != nil {
		t.Errorf("the next load: %v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(k.store, "pieces", "*", "*"))
	beside, _ := filepath.Glob(filepath.Join(k.store, "pieces", "*"))
	if err != nil || len(files) != 3 || len(beside) != 3 {
		t.Errorf("left are %v and %v, %v", files, beside, err)
	}
	cancel()
	t.Logf("%d loads were killed, %d are there; %d answers in the meantime", killed, published+1, <-answers)
}

// read asks for all rows until ctx ends, and returns how often.
func (k *torture) read(ctx context.Context, t *testing.T, eng *engine.Engine) (answers int) {
	for last := int64(0); ctx.Err() == nil; answers++ {
		now, err := k.last(eng)
		if err != nil || now < last {
			t.Errorf("answer %d: load %d after load %d, %v", answers, now, last, err)
			return answers
		}
		last = now
	}
	return answers
}

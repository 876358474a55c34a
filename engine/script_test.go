package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"herbarium/datasets"
	"herbarium/engine/query"
)

// script is a conformance script: a dataset, its rows, and cases. It is a
// txtar archive whose comment says what it states, with these files:
//
//	dataset            the name of a dataset that ships; or, instead,
//	dataset.yaml       a descriptor whose data is rows.csv, and
//	rows.csv           its rows
//	earlier.csv        the rows of a version before, which is kept
//	OPERATION: TITLE   a case's query, followed by
//	  pipeline         the pipeline that it compiles to, if it shows something, and
//	  answer           the answer, a row a line; or, instead of both,
//	  faults           a fault a line: code, pointer, a part of the detail
type script struct {
	path    string
	archive *txtar.Archive
	dataset *datasets.Dataset
	cases   []scriptCase
	earlier string // the file with the rows of a version before; "" for none
}

type scriptCase struct {
	name      string
	path      string // of the operation
	operation *datasets.Operation
	query     string
	answer    string
	faults    []string
	// pipeline is the archive's file, so that -update can rewrite it.
	pipeline *txtar.File
}

// readScripts reads every script in testdata.
func readScripts(t *testing.T) []*script {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	scripts := make([]*script, len(paths))
	for i, path := range paths {
		if scripts[i], err = readScript(path, t.TempDir()); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	return scripts
}

func readScript(path, dir string) (*script, error) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		return nil, err
	}
	s := &script{path: path, archive: archive}
	for i := range archive.Files {
		f := &archive.Files[i]
		if err := s.file(f, dir); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	if s.dataset != nil {
		return s, s.operations()
	}
	snapshot, err := datasets.Open(dir, datasets.WithSettler(query.Settle))
	if err != nil {
		return nil, err
	}
	for _, broken := range snapshot.Broken() {
		return nil, broken.Err
	}
	s.dataset, _ = snapshot.Dataset(snapshot.Names()[0])
	return s, s.operations()
}

// operations finds the operation of each case: one of the dataset's own, or a
// built-in one, which the dataset may not offer.
func (s *script) operations() error {
	for i := range s.cases {
		c, known := &s.cases[i], false
		if c.operation, known = s.dataset.Operation(c.path); !known {
			c.operation, known = datasets.OperationNamed(c.path)
		}
		if !known {
			return fmt.Errorf("%s: %s has no operation %s", c.name, s.dataset.Name, c.path)
		}
	}
	return nil
}

func (s *script) file(f *txtar.File, dir string) error {
	text := strings.TrimSpace(string(f.Data))
	switch f.Name {
	case "dataset":
		snapshot, err := datasets.Embedded()
		if err != nil {
			return err
		}
		var ok bool
		if s.dataset, ok = snapshot.Dataset(text); !ok {
			return fmt.Errorf("no dataset %s ships", text)
		}
	case "earlier.csv":
		s.earlier = filepath.Join(dir, f.Name)
		return os.WriteFile(s.earlier, f.Data, 0o644)
	case "dataset.yaml", "rows.csv":
		return os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644)
	case "pipeline", "answer", "faults":
		if len(s.cases) == 0 {
			return fmt.Errorf("no case stands before it")
		}
		c := &s.cases[len(s.cases)-1]
		switch f.Name {
		case "pipeline":
			c.pipeline = f
		case "answer":
			c.answer = strings.ReplaceAll(text, "\n", "")
		case "faults":
			c.faults = strings.Split(text, "\n")
		}
	default:
		operation, title, ok := strings.Cut(f.Name, ": ")
		if !ok {
			return fmt.Errorf("a case is called OPERATION: TITLE")
		}
		s.cases = append(s.cases, scriptCase{name: title, path: operation, query: text})
	}
	return nil
}

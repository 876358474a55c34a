//go:build unix

package main

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"herbarium/datasets"
	"herbarium/internal/porttest"
	"herbarium/loaders"
)

// TestADataPackageOfOursDescribesTheSameDataset takes the datasets that ship through
// /{dataset}/datapackage.json and infer, and back.
func TestADataPackageOfOursDescribesTheSameDataset(t *testing.T) {
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	addr := porttest.Address(t)
	server := &exec.Cmd{Path: binary, Args: []string{"herbarium", "serve", "--addr", addr}, Dir: t.TempDir()}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	await(t, http.MethodGet, "http://"+addr+"/readyz", "", 200)
	for _, name := range []string{"iris", "penguins", "diamonds"} {
		dir := t.TempDir()
		text := await(t, http.MethodGet, "http://"+addr+"/"+name+"/datapackage.json", "", 200)
		write(t, filepath.Join(dir, "datapackage.json"), text)
		write(t, filepath.Join(dir, "rows.csv"), await(t, http.MethodGet, "http://"+addr+"/"+name+"/range?format=csv", "", 200))
		infer := &exec.Cmd{Path: binary, Args: []string{"herbarium", "infer", "datapackage.json", "rows.csv"}, Dir: dir}
		descriptor, err := infer.Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := datasets.Parse(name+".yaml", descriptor, nil)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, descriptor)
		}
		compareWithShipped(t, got)
		var said struct{ Version string }
		if err := json.Unmarshal([]byte(text), &said); err != nil {
			t.Fatal(err)
		}
		read, err := loaders.Check(t.Context(), got, []loaders.Source{loaders.File(filepath.Join(dir, "rows.csv"))}, loaders.Options{})
		if err != nil || read.Version != said.Version {
			t.Errorf("%s: version %s became %s, %v", name, said.Version, read.Version, err)
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// compareWithShipped holds all of a dataset that a Data Package has room for against
// the descriptor that ships.
func compareWithShipped(t *testing.T, got *datasets.Dataset) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "datasets", got.Name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := datasets.Parse(got.Name+".yaml", text, func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join("..", "..", "schemas", name))
	})
	if err != nil {
		t.Fatal(err)
	}
	about := func(d *datasets.Dataset) [4]string { return [4]string{d.Title, d.Description, d.License, d.Source} }
	if about(got) != about(want) || !reflect.DeepEqual(got.FieldNames(got.Key), want.FieldNames(want.Key)) {
		t.Errorf("%s: %q became %q", got.Name, about(want), about(got))
	}
	for i := range want.Fields {
		f := want.Fields[i]
		f.Column = f.Name // as in the answer
		if !reflect.DeepEqual(got.Fields[i], f) {
			t.Errorf("%s: %+v became %+v", got.Name, f, got.Fields[i])
		}
	}
	if len(got.Fields) != len(want.Fields) {
		t.Errorf("%s: %d fields became %d", got.Name, len(want.Fields), len(got.Fields))
	}
}

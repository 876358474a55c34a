package docs_test

import (
	"os"
	"os/exec"
	"testing"
)

// runNotebook runs the notebook as its reader would, and compares what it prints.
func runNotebook(t *testing.T, binary string) {
	python := os.Getenv("HERBARIUM_TEST_PYTHON")
	if python == "" {
		t.Skip("HERBARIUM_TEST_PYTHON names no interpreter with nbclient, ipykernel and matplotlib")
	}
	server := exec.Command(binary, "serve")
	server.Dir = t.TempDir() // no ./datasets there
	args := []string{"notebook.py", "http://" + serve(t, server), "../notebooks/iris_demo.ipynb"}
	if *update {
		args = append(args, "update")
	}
	if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

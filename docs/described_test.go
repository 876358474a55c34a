package docs_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"
)

// checkDescriptions lets the authors' own programs look at what datasets say of
// themselves in Croissant and as a Data Package, whose rows they read, too.
func checkDescriptions(t *testing.T, binary string) {
	programs := interpreter(t, "HERBARIUM_TEST_CHECKERS")
	server := exec.Command(binary, "serve")
	server.Dir = t.TempDir() // no ./datasets there
	address := "http://" + serve(t, server)
	for _, name := range []string{"penguins", "diamonds"} {
		for _, c := range []struct {
			args []string
			says string
		}{
			{[]string{"mlcroissant", "validate", "--jsonld", address + "/" + name + "/croissant.json"}, "Done."},
			{[]string{"frictionless", "validate", "--trusted", address + "/" + name + "/datapackage.json"}, "VALID"},
		} {
			out, err := exec.Command(filepath.Join(programs, c.args[0]), c.args[1:]...).CombinedOutput()
			if err != nil || !bytes.Contains(out, []byte(c.says)) {
				t.Errorf("%v: %v\n%s", c.args, err, out)
			}
		}
	}
}

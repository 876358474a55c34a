package docs_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// checkDescriptions lets the authors' own programs look at what datasets say of
// themselves in Croissant and as a Data Package, whose rows they read, too.
func checkDescriptions(t *testing.T, binary string) {
	programs := interpreter(t, "HERBARIUM_TEST_CHECKERS")
	odd := t.TempDir()
	for name, text := range map[string]string{
		"odd.yaml": "dataset: odd\ndata: odd.csv\nsource: a book\nfields:\n  with space: {type: integer}\n  with+plus: {type: number}\n  'quo\"te': {type: string}\n  größe: {type: date}\n",
		"odd.csv":  "with space,with+plus,\"quo\"\"te\",größe\n1,2.5,a,2024-02-29\n,,b,\n",
	} {
		if err := os.WriteFile(filepath.Join(odd, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for folder, names := range map[string][]string{"": {"penguins", "diamonds"}, odd: {"odd"}} {
		server := exec.Command(binary, "serve", "--datasets", folder)
		server.Dir = t.TempDir() // no ./datasets there
		address := "http://" + serve(t, server)
		for _, name := range names {
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
}

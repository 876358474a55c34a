package deploy_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"herbarium/datasets"
)

// service is what docker-compose.yml says of a service, as far as a process of
// this machine can be told.
type service struct {
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
}

// withDefault is how the file writes a variable.
var withDefault = regexp.MustCompile(`\$\{[A-Z_]+:-([^}]*)\}`)

// readCompose returns the services with every variable at its default and
// secrets in the folder.
func readCompose(t *testing.T, secrets string) map[string]service {
	t.Helper()
	text, err := os.ReadFile("../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	plain := withDefault.ReplaceAllString(string(text), "$1")
	plain = strings.ReplaceAll(plain, "/run/secrets", secrets)
	var file struct {
		Services map[string]service `yaml:"services"`
	}
	if err := yaml.Unmarshal([]byte(plain), &file); err != nil {
		t.Fatal(err)
	}
	return file.Services
}

func TestComposeLoadsEveryDatasetThatShips(t *testing.T) {
	shipped, err := datasets.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	var loaded []string
	for name, s := range readCompose(t, "") {
		if len(s.Command) < 1 || s.Command[0] != "load" {
			continue
		}
		if len(s.Command) != 2 || name != "load-"+s.Command[1] {
			t.Errorf("the service %s runs %q", name, s.Command)
			continue
		}
		loaded = append(loaded, s.Command[1])
	}
	slices.Sort(loaded)
	if diff := cmp.Diff(shipped.Names(), loaded); diff != "" {
		t.Errorf("datasets (-shipped +loaded):\n%s", diff)
	}
}

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
	Profiles    []string          `yaml:"profiles"`
	DependsOn   map[string]any    `yaml:"depends_on"`
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
	for prefix, profiles := range map[string][]string{"load-": nil, "load-sharded-": {"sharded"}} {
		var loaded []string
		for name, s := range readCompose(t, "") {
			if len(s.Command) < 1 || s.Command[0] != "load" || !slices.Equal(s.Profiles, profiles) {
				continue
			}
			if len(s.Command) != 2 || name != prefix+s.Command[1] {
				t.Errorf("the service %s runs %q", name, s.Command)
				continue
			}
			loaded = append(loaded, s.Command[1])
		}
		slices.Sort(loaded)
		if diff := cmp.Diff(shipped.Names(), loaded); diff != "" {
			t.Errorf("datasets of %v (-shipped +loaded):\n%s", profiles, diff)
		}
	}
}

// What is started without a profile has to do without what needs one.
func TestServicesOfAProfileStandAlone(t *testing.T) {
	all := readCompose(t, "")
	for name, s := range all {
		for needed := range s.DependsOn {
			if len(s.Profiles) == 0 && len(all[needed].Profiles) > 0 {
				t.Errorf("%s is of no profile, and depends on %s, which is of %v", name, needed, all[needed].Profiles)
			}
		}
	}
	if s := all["herbarium-sharded"]; !slices.Equal(s.Profiles, []string{"sharded"}) || s.Environment["HERBARIUM_MIRROR"] != "auto" {
		t.Errorf("herbarium-sharded: %+v", s)
	}
}

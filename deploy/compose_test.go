//go:build e2e

package deploy_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
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

// buildCommand returns how the Dockerfile builds the binary, with another
// place for it.
func buildCommand(t *testing.T, binary string) string {
	t.Helper()
	text, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^RUN (.* go build .*) &&`).FindStringSubmatch(string(text))
	if line == nil {
		t.Fatal("the Dockerfile has no line that builds")
	}
	return replaceOnce(t, line[1], "/out/herbarium", binary)
}

func replaceOnce(t *testing.T, text, from, to string) string {
	t.Helper()
	if n := strings.Count(text, from); n != 1 {
		t.Fatalf("%q is there %d times in:\n%s", from, n, text)
	}
	return strings.Replace(text, from, to, 1)
}

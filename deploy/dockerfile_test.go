//go:build e2e

package deploy_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

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

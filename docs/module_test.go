package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAnotherModuleUsesTheLibrary does what the README says to a module that has the
// example of the engine as its program.
func TestAnotherModuleUsesTheLibrary(t *testing.T) {
	if testing.Short() {
		t.Skip("it links a program")
	}
	program, err := exec.LookPath("go")
	if err != nil {
		t.Skip("there is no go")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	mine := filepath.Join(dir, "mine")
	if err := os.Symlink(root, filepath.Join(dir, "herbarium")); err != nil {
		t.Skip(err)
	}
	example := textOf(t, "../engine/example_test.go")
	example = strings.Replace(strings.Replace(example, "package engine_test", "package main", 1), "func Example()", "func main()", 1)
	if err := os.Mkdir(mine, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(mine, "main.go"), []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	commands := []string{"go mod init example.org/mine"}
	_, said, _ := strings.Cut(textOf(t, "../README.md"), "```sh\ngo mod edit ")
	said, _, _ = strings.Cut("go mod edit "+said, "\n```")
	commands = append(commands, strings.Split(said, "\n")...)
	if len(commands) != 3 {
		t.Fatalf("the README says %q", said)
	}
	var output []byte
	for _, command := range append(commands, "go run .") {
		cmd := exec.CommandContext(t.Context(), program, strings.Fields(command)[1:]...)
		cmd.Dir = mine
		if output, err = cmd.Output(); err != nil {
			t.Fatalf("%s: %v", command, err)
		}
	}
	if want := "setosa 5.006\nversicolor 5.936\n"; string(output) != want {
		t.Errorf("got %q, want %q", output, want)
	}
}

func textOf(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

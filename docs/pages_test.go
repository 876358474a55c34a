package docs_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what the blocks print into the pages")

// shown is the address that pages show. The server has another, so that a test
// meets no server that runs already.
const shown = "localhost:8000"

// doAsTheySay runs every block of the pages as their readers would, and compares
// what it prints.
func doAsTheySay(t *testing.T, binary string) {
	files, err := filepath.Glob("*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("there is no page: %v", err)
	}
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s", tool)
		}
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { runPage(t, file, binary) })
	}
}

// page is a page while its blocks are run.
type page struct {
	dir     string
	address string // of the server that the page started last
	printed map[int]string
}

func runPage(t *testing.T, file, binary string) {
	lines, blocks := readPage(t, file)
	p := &page{dir: t.TempDir(), printed: map[int]string{}}
	if err := os.Symlink(binary, filepath.Join(p.dir, "herbarium")); err != nil {
		t.Fatal(err)
	}
	data, err := filepath.Abs("../datasets")
	if err == nil {
		err = os.Symlink(data, filepath.Join(p.dir, "datasets")) // as in a clone
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		if !b.runnable() {
			continue
		}
		ok := true
		if strings.HasPrefix(b.text, "./herbarium serve") {
			p.serve(t, &b)
		} else {
			ok = t.Run(fmt.Sprintf("%s in line %d", b.language, b.line), func(t *testing.T) { p.run(t, &b) })
		}
		// Commands build on those before; examples stand each by itself.
		if !ok && b.language == "sh" && !*update {
			t.Fatal("the blocks that follow build on this one")
		}
	}
	if *update {
		rewrite(t, file, lines, p.printed)
	}
}

// serve starts the server of a block, which runs until the page ends.
func (p *page) serve(t *testing.T, b *block) {
	command, _, _ := strings.Cut(strings.TrimSpace(b.text), " #")
	cmd := exec.Command("sh", "-c", "exec "+command)
	cmd.Dir = p.dir
	p.address = serve(t, cmd)
}

func (p *page) run(t *testing.T, b *block) {
	cmd := p.command(t, b)
	if cmd == nil {
		return
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out.Bytes())
	}
	got := out.String()
	if p.address != "" {
		got = strings.ReplaceAll(got, p.address, shown)
	}
	got = tidy(got)
	if b.printed > 0 {
		p.printed[b.printed] = got
	}
	if diff := cmp.Diff(tidy(b.want), got); diff != "" && !*update {
		t.Errorf("(-page +printed):\n%s", diff)
	}
}

// command returns how the block is run. It skips the test where the variable
// that names what runs it is not set.
func (p *page) command(t *testing.T, b *block) *exec.Cmd {
	text := b.text
	if p.address != "" {
		text = strings.ReplaceAll(text, shown, p.address)
	}
	var cmd *exec.Cmd
	switch b.language {
	case "sh":
		if strings.HasPrefix(text, "go build") {
			return p.goBuild(t, text)
		}
		cmd = exec.Command("sh", "-e", "-c", text)
	case "python":
		cmd = exec.Command(interpreter(t, "HERBARIUM_TEST_PYTHON"), p.write(t, "example.py", text))
	case "js":
		modules := interpreter(t, "HERBARIUM_TEST_NODE_MODULES")
		if err := os.Symlink(modules, filepath.Join(p.dir, "node_modules")); err != nil && !os.IsExist(err) {
			t.Fatal(err)
		}
		cmd = exec.Command("node", p.write(t, "example.mjs", text))
	case "r":
		cmd = exec.Command(interpreter(t, "HERBARIUM_TEST_RSCRIPT"), p.write(t, "example.r", text))
	}
	cmd.Dir = p.dir
	return cmd
}

// goBuild builds in the source's folder, as the page says, and puts the binary
// where the other blocks run.
func (p *page) goBuild(t *testing.T, text string) *exec.Cmd {
	const target = "-o herbarium "
	if strings.Count(text, target) != 1 {
		t.Fatalf("the page builds something else: %s", text)
	}
	file := filepath.Join(p.dir, "herbarium")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-e", "-c", strings.Replace(text, target, "-o '"+file+"' ", 1))
	cmd.Dir = ".."
	return cmd
}

func (p *page) write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(p.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func interpreter(t *testing.T, variable string) string {
	t.Helper()
	value := os.Getenv(variable)
	if value == "" {
		t.Skip(variable + " is not set; CONTRIBUTING.md says what it names")
	}
	return value
}

// tidy drops what nobody sees: spaces at the ends of lines, empty lines at the
// end.
func tidy(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\r")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}

// rewrite puts what was printed into the page, in place of the text of the
// blocks that begin in these lines.
func rewrite(t *testing.T, file string, lines []string, printed map[int]string) {
	var out strings.Builder
	for i := 0; i < len(lines); i++ {
		out.WriteString(lines[i])
		text, ok := printed[i+1]
		if !ok {
			continue
		}
		out.WriteString(text)
		end := slices.IndexFunc(lines[i+1:], func(line string) bool { return strings.HasPrefix(line, "```") })
		i += end
	}
	if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

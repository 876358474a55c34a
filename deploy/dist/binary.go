package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// binary is a build of the command.
type binary struct {
	path         string
	goos, goarch string
	version      string
	time         time.Time // of the commit
}

// name is the name of the binary's archive, without its ending.
func (b *binary) name() string {
	return "herbarium_" + strings.TrimPrefix(b.version, "v") + "_" + b.goos + "_" + b.goarch
}

// compile builds the command for a target such as linux/amd64, as the Dockerfile does.
func compile(work, target string) (*binary, error) {
	goos, goarch, ok := strings.Cut(target, "/")
	if !ok {
		return nil, fmt.Errorf("a target is such as linux/amd64, not %q", target)
	}
	b := &binary{path: filepath.Join(work, goos+"-"+goarch), goos: goos, goarch: goarch}
	err := call([]string{"CGO_ENABLED=0", "GOOS=" + goos, "GOARCH=" + goarch, "GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0"},
		"go", "build", "-trimpath", "-buildvcs=true", "-ldflags", "-s -w", "-o", b.path, "./cmd/herbarium")
	if err != nil {
		return nil, err
	}
	info, err := buildinfo.ReadFile(b.path)
	if err != nil {
		return nil, err
	}
	b.version = info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			b.time, err = time.Parse(time.RFC3339, s.Value)
		}
	}
	if err != nil || b.time.IsZero() {
		return nil, errors.Join(err, errors.New("the build has no time of a commit; build in a clone of the repository"))
	}
	return b, nil
}

// call runs a program with variables added to the environment.
func call(variables []string, name string, args ...string) error {
	cmd := exec.Command(name, args...) //nolint:noctx // it ends by itself
	cmd.Env = append(os.Environ(), variables...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}

// writeDocuments writes the manual pages and the completions, by the command as this
// machine runs it, and returns them with the texts of the repository.
func writeDocuments(work string, b *binary) ([]file, error) {
	host := filepath.Join(work, "host")
	if err := call([]string{"CGO_ENABLED=0", "GOFLAGS="}, "go", "build", "-trimpath", "-buildvcs=true", "-ldflags", "-s -w", "-o", host, "./cmd/herbarium"); err != nil {
		return nil, err
	}
	man := filepath.Join(work, "man1")
	if err := call([]string{"SOURCE_DATE_EPOCH=" + strconv.FormatInt(b.time.Unix(), 10)}, host, "man", man); err != nil {
		return nil, err
	}
	documents, err := filesOf(man, "man/man1")
	if err != nil {
		return nil, err
	}
	// Named as each shell looks for them.
	for shell, name := range map[string]string{"bash": "herbarium.bash", "zsh": "_herbarium", "fish": "herbarium.fish", "powershell": "herbarium.ps1"} {
		text, err := exec.Command(host, "completion", shell).Output() //nolint:noctx // it ends by itself
		if err != nil {
			return nil, err
		}
		path := filepath.Join(work, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return nil, err
		}
		documents = append(documents, file{path, "completions/" + name, 0o644})
	}
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md"} {
		documents = append(documents, file{name, name, 0o644})
	}
	return documents, nil
}

// cyclonedx is the program that lists the modules of a binary.
const cyclonedx = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0"

// listModules writes the list of modules of a binary, from what go build wrote into it.
func listModules(out string, b *binary) error {
	return call(nil, "go", "run", cyclonedx, "bin", "-json", "-std", "-noserial", "-notimestamp", "-version", b.version,
		"-output", filepath.Join(out, b.name()+".cdx.json"), b.path)
}

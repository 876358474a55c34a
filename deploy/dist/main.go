// Dist builds what is released: for each system an archive of the static binary, its
// manual pages, completions and units, beside it the list of modules that the binary
// was made of, and the checksums of all.
//
// The same commit and the same Go make the same bytes, in whatever folder and whenever:
// paths are trimmed, cgo is off, and files have the time of the commit.
//
//	go run ./deploy/dist -out dist
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	out := flag.String("out", "dist", "folder of the archives, which is made anew")
	targets := flag.String("targets", "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64", "systems to build for")
	modules := flag.Bool("sbom", true, "write the list of modules of each binary (CycloneDX)")
	flag.Parse()
	if err := run(*out, strings.Split(*targets, ","), *modules); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

// run builds for all targets.
func run(out string, targets []string, modules bool) error {
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "dist")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	var documents []file
	for _, target := range targets {
		b, err := compile(work, target)
		if err != nil {
			return err
		}
		if documents == nil { // they are alike on all systems
			if documents, err = writeDocuments(work, b); err != nil {
				return err
			}
		}
		if err := release(out, b, documents); err != nil {
			return err
		}
		if modules {
			if err := listModules(out, b); err != nil {
				return err
			}
		}
	}
	return checksums(out)
}

// release writes the archive of a binary.
func release(out string, b *binary, documents []file) error {
	files := append([]file{{b.path, "herbarium", 0o755}}, documents...)
	if b.goos == "linux" {
		units, err := filesOf("deploy/systemd", "systemd")
		if err != nil {
			return err
		}
		files = append(files, units...)
	}
	name := b.name()
	fmt.Println(name)
	return writeArchive(filepath.Join(out, name+".tar.gz"), name, files, b.time)
}

// checksums writes SHA256SUMS, as sha256sum --check reads it.
func checksums(out string) error {
	entries, err := os.ReadDir(out)
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(out, e.Name()))
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		fmt.Fprintf(&sums, "%s  %s\n", hex.EncodeToString(sum[:]), e.Name())
	}
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), []byte(sums.String()), 0o644) //nolint:gosec // it is to be read by all
}

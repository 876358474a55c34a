// Package peers starts what Herbarium is compared with, and Herbarium itself,
// as processes of this machine.
package peers

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed python/requirements.txt
var requirements []byte

//go:embed python/rows_api.py
var rowsAPI []byte

//go:embed python/documents_api.py
var documentsAPI []byte

//go:embed python/make_sqlite.py
var makeSQLite []byte

//go:embed python/ask_polars.py
var askPolars []byte

// python is an environment with the peers from PyPI, and with our scripts for
// them, in folder.
type python struct {
	bin    string
	folder string
}

// newPython returns the environment, which it makes where it is missing, below
// the user's cache; the scripts go to folder.
func newPython(ctx context.Context, folder string) (*python, error) {
	cache, err := cacheFolder()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(requirements)
	venv := filepath.Join(cache, "python-"+hex.EncodeToString(sum[:4]))
	p := &python{bin: filepath.Join(venv, "bin"), folder: folder}
	for name, text := range map[string][]byte{"requirements.txt": requirements, "rows_api.py": rowsAPI,
		"documents_api.py": documentsAPI, "make_sqlite.py": makeSQLite, "ask_polars.py": askPolars} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return nil, err
		}
	}
	complete := filepath.Join(venv, "complete")
	if _, err := os.Stat(complete); err == nil {
		return p, nil
	}
	for _, command := range [][]string{
		{"python3", "-m", "venv", "--clear", venv},
		{filepath.Join(p.bin, "pip"), "install", "--quiet", "--disable-pip-version-check", "-r", filepath.Join(folder, "requirements.txt")},
	} {
		if out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("install the peers from PyPI: %s: %w\n%s", command[0], err, out)
		}
	}
	return p, os.WriteFile(complete, nil, 0o644)
}

// cacheFolder returns where what is built once is kept.
func cacheFolder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "herbarium-bench")
	return folder, os.MkdirAll(folder, 0o755)
}

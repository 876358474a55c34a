package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnArchiveFollowsFromItsFiles(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var made [2][]byte
	for i := range made {
		dir := t.TempDir()
		files := []file{{filepath.Join(dir, "b"), "man/b", 0o644}, {filepath.Join(dir, "a"), "a", 0o755}}
		for _, f := range files {
			if err := os.WriteFile(f.path, []byte("text of "+f.name), os.FileMode(0o600+i*0o77)); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(f.path, time.Now(), time.Now().Add(time.Duration(i)*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if i == 1 {
			files[0], files[1] = files[1], files[0]
		}
		to := filepath.Join(dir, "out.tar.gz")
		if err := writeArchive(to, "top", files, at); err != nil {
			t.Fatal(err)
		}
		var err error
		if made[i], err = os.ReadFile(to); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(made[0], made[1]) {
		t.Error("the same files made other bytes")
	}
	zipped, err := gzip.NewReader(bytes.NewReader(made[0]))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for archive := tar.NewReader(zipped); ; {
		h, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %o %s %d/%d %s", h.Name, h.Mode, h.ModTime.UTC().Format(time.RFC3339), h.Uid, h.Gid, text))
	}
	want := []string{"top/a 755 2026-01-02T03:04:05Z 0/0 text of a", "top/man/b 644 2026-01-02T03:04:05Z 0/0 text of man/b"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

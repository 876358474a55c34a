package files

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"herbarium/datasets"
)

// Format is the format of everything in a dataset's folder.
const Format = 1

// The names in a dataset's folder, beside one folder for each version.
const (
	ManifestName    = "manifest.json"
	newManifestName = "manifest.new" // until it is renamed
	LockName        = "lock"
)

// Manifest lists the versions of a dataset. It is what a load publishes.
type Manifest struct {
	Dataset string    `json:"dataset"`
	Current *Version  `json:"current"`
	Older   []Version `json:"older,omitempty"` // the newest first
	// Removed are versions that are no longer kept, the last removed first.
	Removed []Removed `json:"removed,omitempty"`
}

// Removed is a version of which nothing but this is left.
type Removed struct {
	Version   string    `json:"version"`
	Published time.Time `json:"published"`
}

// Version is a version of a dataset's rows, in a folder of its own.
type Version struct {
	Folder    string        `json:"folder"`
	Version   string        `json:"version"`
	Rows      int64         `json:"rows"`
	Layout    string        `json:"layout"` // of the descriptor that it was loaded by, for people
	Fields    []Field       `json:"fields"`
	Files     []VersionFile `json:"files"`
	Published time.Time     `json:"published"`
	// End is until when it is kept; nil while nothing replaced it. That of a version which
	// is kept without an end is engine.Unlimited: a build that does not know Keep keeps it
	// as well.
	End   *time.Time `json:"end,omitempty"`
	Label string     `json:"label,omitempty"`
	Keep  *Keep      `json:"keep,omitempty"`
	// Replacements counts how often others became current since it was.
	Replacements int `json:"replacements,omitempty"`
}

// Keep is an engine.Keep as a manifest has it.
type Keep struct {
	Forever  bool  `json:"forever,omitempty"`
	Versions int   `json:"versions,omitempty"`
	Millis   int64 `json:"ms,omitempty"`
}

// Field is the name and the type of a field, as a descriptor has them.
type Field struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// VersionFile is a file of a version. That of the rows has no checksum here: its parts
// have checksums in their zone maps.
type VersionFile struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	Sum   string `json:"crc32c,omitempty"`
}

// Read returns the content of f, which lies at name. It returns a *Corruption where size
// or checksum differ.
func (f VersionFile) Read(name string) ([]byte, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if int64(len(b)) != f.Bytes || checksumText(Checksum(b)) != f.Sum {
		return nil, Corrupt(name, "it is not what was written: the size or the checksum differs")
	}
	return b, nil
}

// ErrNewer is the error for files that a newer Herbarium wrote, in a format that this
// one does not know.
var ErrNewer = errors.New("a newer herbarium wrote it")

// IsVersionFolder reports whether a load may have given a version's folder this name.
func IsVersionFolder(name string) bool { return versionFolder.MatchString(name) }

var versionFolder = regexp.MustCompile(`^[a-z2-7]{26}$`)

// manifestFile is the manifest as it is written, with the checksum of its
// compact form.
type manifestFile struct {
	Format  int             `json:"format"`
	Sum     string          `json:"crc32c"`
	Content json.RawMessage `json:"content"`
}

// Encode returns the manifest as its file has it.
func (m *Manifest) Encode() ([]byte, error) {
	content, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode the manifest of %s: %w", m.Dataset, err)
	}
	b, err := json.MarshalIndent(manifestFile{Format, checksumText(Checksum(content)), content}, "", "  ")
	return append(b, '\n'), err
}

// ParseManifest reads the manifest of the dataset. Its errors name the file: a *Corruption,
// or one that wraps ErrNewer.
func ParseManifest(file, dataset string, b []byte) (*Manifest, error) {
	var form struct{ Format int }
	if err := json.Unmarshal(b, &form); err != nil {
		return nil, Corrupt(file, "%v", err)
	}
	if form.Format > Format {
		return nil, fmt.Errorf("%s: it has format %d, and this herbarium knows %d: %w", file, form.Format, Format, ErrNewer)
	}
	var whole manifestFile
	var content bytes.Buffer
	if err := json.Unmarshal(b, &whole); err != nil {
		return nil, Corrupt(file, "%v", err)
	}
	if err := json.Compact(&content, whole.Content); err != nil {
		return nil, Corrupt(file, "%v", err)
	}
	if whole.Format != Format || whole.Sum != checksumText(Checksum(content.Bytes())) {
		return nil, Corrupt(file, "the checksum differs")
	}
	m := &Manifest{}
	if err := json.Unmarshal(content.Bytes(), m); err != nil {
		return nil, Corrupt(file, "%v", err)
	}
	if m.Dataset != dataset || m.Current == nil {
		return nil, Corrupt(file, "it is not that of dataset %s", dataset)
	}
	for _, v := range append([]Version{*m.Current}, m.Older...) {
		if !IsVersionFolder(v.Folder) || v.Rows < 0 {
			return nil, Corrupt(file, "version %q is not one that a load wrote", v.Version)
		}
	}
	return m, nil
}

// Versions returns the current version, if there is one, and the older ones that are
// still kept at that time, the newest first. A nil manifest has none.
func (m *Manifest) Versions(now time.Time) iter.Seq[*Version] {
	return func(yield func(*Version) bool) {
		if m == nil || m.Current == nil || !yield(m.Current) {
			return
		}
		for i := range m.Older {
			if m.Older[i].Retained(now) && !yield(&m.Older[i]) {
				return
			}
		}
	}
}

// Retained reports whether the version is still kept at that time.
func (v *Version) Retained(now time.Time) bool { return v.End == nil || now.Before(*v.End) }

// Fits reports whether the version has the dataset's fields.
func (v *Version) Fits(ds *datasets.Dataset) bool {
	return slices.EqualFunc(v.Fields, ds.Fields, func(a Field, b datasets.Field) bool {
		return a.Name == b.Name && a.Type == b.Type.String()
	})
}

// Fields returns the dataset's fields as a manifest has them.
func Fields(ds *datasets.Dataset) []Field {
	fields := make([]Field, len(ds.Fields))
	for i := range ds.Fields {
		fields[i] = Field{ds.Fields[i].Name, ds.Fields[i].Type.String()}
	}
	return fields
}

// File returns the version's file of that name.
func (v *Version) File(name string) (VersionFile, error) {
	for _, f := range v.Files {
		if f.Name == name {
			return f, nil
		}
	}
	return VersionFile{}, fmt.Errorf("the manifest names no file %s of version %s", name, v.Version)
}

// AddFile writes a file into the version's folder, which lies in the dataset's folder, and
// adds it to the version.
func (v *Version) AddFile(disk FileSystem, folder, name string, content []byte) error {
	v.Files = append(v.Files, VersionFile{Name: name, Bytes: int64(len(content)), Sum: checksumText(Checksum(content))})
	return WriteFile(disk, filepath.Join(folder, v.Folder, name), content)
}

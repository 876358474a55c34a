package columnar

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

// manifestFormat is the form of everything in a dataset's folder.
const manifestFormat = 1

// The names in a dataset's folder, beside one folder for each version.
const (
	manifestName    = "manifest.json"
	newManifestName = "manifest.new" // until it is renamed
	lockName        = "lock"
)

// The names in a version's folder.
const (
	segmentName  = "rows.arrow"
	zoneMapsName = "summaries"
	meansName    = "means" // where the dataset declares some; one can do without
)

// manifest says which versions of a dataset there are. It is what a load
// publishes.
type manifest struct {
	Dataset string          `json:"dataset"`
	Current *storedVersion  `json:"current"`
	Older   []storedVersion `json:"older,omitempty"` // the newest first
}

// storedVersion is a version of a dataset's rows, in a folder of its own.
type storedVersion struct {
	Folder    string        `json:"folder"`
	Version   string        `json:"version"`
	Rows      int64         `json:"rows"`
	Layout    string        `json:"layout"` // of the descriptor that it was loaded by, for people
	Fields    []storedField `json:"fields"`
	Files     []storedFile  `json:"files"`
	Published time.Time     `json:"published"`
	// End is until when it is kept; nil while nothing replaced it.
	End *time.Time `json:"end,omitempty"`
}

type storedField struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// storedFile is a file of a version. A segment's checksums are in the zone maps.
type storedFile struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	Sum   string `json:"crc32c,omitempty"`
}

// read reads the file of that name, whose checksum it has, whole.
func (f storedFile) read(name string) ([]byte, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if int64(len(b)) != f.Bytes || sumText(checksum(b)) != f.Sum {
		return nil, corrupt(name, "it is not what was written: the size or the checksum differs")
	}
	return b, nil
}

// errNewer is the cause of refusing what a later Herbarium wrote.
var errNewer = errors.New("a newer herbarium wrote it")

// updateAdvice says what to do about that.
const updateAdvice = "update this one, or load into another folder"

// folderName is what a load calls a version's folder.
var folderName = regexp.MustCompile(`^[a-z2-7]{26}$`)

// manifestFile is the manifest as it is written, with the checksum of its
// compact form.
type manifestFile struct {
	Format  int             `json:"format"`
	Sum     string          `json:"crc32c"`
	Content json.RawMessage `json:"content"`
}

func sumText(sum uint32) string { return fmt.Sprintf("%08x", sum) }

// encode writes the manifest.
func (m *manifest) encode() ([]byte, error) {
	content, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode the manifest of %s: %w", m.Dataset, err)
	}
	b, err := json.MarshalIndent(manifestFile{manifestFormat, sumText(checksum(content)), content}, "", "  ")
	return append(b, '\n'), err
}

// parseManifest reads the manifest that lies in the file.
func parseManifest(file, dataset string, b []byte) (*manifest, error) {
	var form struct{ Format int }
	if err := json.Unmarshal(b, &form); err != nil {
		return nil, corrupt(file, "%v", err)
	}
	if form.Format > manifestFormat {
		return nil, fmt.Errorf("%s: it has format %d, and this herbarium knows %d: %w", file, form.Format, manifestFormat, errNewer)
	}
	var whole manifestFile
	var content bytes.Buffer
	if err := json.Unmarshal(b, &whole); err != nil {
		return nil, corrupt(file, "%v", err)
	}
	if err := json.Compact(&content, whole.Content); err != nil {
		return nil, corrupt(file, "%v", err)
	}
	if whole.Format != manifestFormat || whole.Sum != sumText(checksum(content.Bytes())) {
		return nil, corrupt(file, "the checksum differs")
	}
	m := &manifest{}
	if err := json.Unmarshal(content.Bytes(), m); err != nil {
		return nil, corrupt(file, "%v", err)
	}
	if m.Dataset != dataset || m.Current == nil {
		return nil, corrupt(file, "it is not that of dataset %s", dataset)
	}
	for _, v := range append([]storedVersion{*m.Current}, m.Older...) {
		if !folderName.MatchString(v.Folder) || v.Rows < 0 {
			return nil, corrupt(file, "version %q is not one that a load wrote", v.Version)
		}
	}
	return m, nil
}

// versions returns the current version, and those that are still kept.
func (m *manifest) versions(now time.Time) iter.Seq[*storedVersion] {
	return func(yield func(*storedVersion) bool) {
		if m == nil || m.Current == nil || !yield(m.Current) {
			return
		}
		for i := range m.Older {
			if m.Older[i].retained(now) && !yield(&m.Older[i]) {
				return
			}
		}
	}
}

// with returns the manifest in which v is current, and what was becomes older.
// Another version of the same content and fields stays in no case: it would be
// two of one name.
func (m *manifest) with(v storedVersion, keep time.Duration) *manifest {
	next := &manifest{Dataset: m.Dataset, Current: &v}
	end := v.Published.Add(keep)
	for known := range m.versions(v.Published) {
		old := *known
		if old.End == nil {
			old.End = &end
		}
		if old.Version != v.Version && old.retained(v.Published) {
			next.Older = append(next.Older, old)
		}
	}
	return next
}

func (v *storedVersion) retained(now time.Time) bool { return v.End == nil || now.Before(*v.End) }

// fits reports whether the version has the dataset's fields.
func (v *storedVersion) fits(ds *datasets.Dataset) bool {
	return slices.EqualFunc(v.Fields, ds.Fields, func(a storedField, b datasets.Field) bool {
		return a.Name == b.Name && a.Type == b.Type.String()
	})
}

func storedFields(ds *datasets.Dataset) []storedField {
	fields := make([]storedField, len(ds.Fields))
	for i := range ds.Fields {
		fields[i] = storedField{ds.Fields[i].Name, ds.Fields[i].Type.String()}
	}
	return fields
}

// file returns the version's file of that name.
func (v *storedVersion) file(name string) (storedFile, error) {
	for _, f := range v.Files {
		if f.Name == name {
			return f, nil
		}
	}
	return storedFile{}, fmt.Errorf("the manifest names no file %s of version %s", name, v.Version)
}

// open opens the version, whose folder lies in the dataset's.
func (v *storedVersion) open(folder string, ds *datasets.Dataset, r *resources) (*table, error) {
	folder = filepath.Join(folder, v.Folder)
	sums, file, err := v.files(folder, ds.Fields)
	if err != nil {
		return nil, err
	}
	segment, blocks := newSegment(ds.Name, ds.Fields, file, sums)
	t := newTable(ds, r, blocks, v.Version)
	t.place, t.segment, t.blockRows = onDisk, segment, sums.blockRows
	if t.rows != v.Rows {
		return nil, corrupt(file.name, "it has %d rows, not %d", t.rows, v.Rows)
	}
	if wanted, err := v.file(meansName); err == nil {
		return t, t.readAggregates(filepath.Join(folder, meansName), wanted)
	}
	return t, nil
}

// files reads the version's zone maps and maps its segment.
func (v *storedVersion) files(folder string, fields []datasets.Field) (*zoneMaps, *mapping, error) {
	wanted, err := v.file(segmentName)
	if err != nil {
		return nil, nil, err
	}
	file, err := mapFile(filepath.Join(folder, segmentName), wanted.Bytes)
	if err != nil {
		return nil, nil, err
	}
	if err := file.guard(func() error { return arrowFile(file) }); err != nil {
		return nil, nil, err
	}
	if wanted, err = v.file(zoneMapsName); err != nil {
		return nil, nil, err
	}
	sums, err := readZoneMaps(filepath.Join(folder, zoneMapsName), wanted, fields, int64(len(file.data)))
	return sums, file, err
}

// arrowFile refuses a file that does not begin and end as Arrow's do.
func arrowFile(file *mapping) error {
	if b := file.data; len(b) < 2*len(arrowMagic) || string(b[:len(arrowMagic)]) != arrowMagic || string(b[len(b)-len(arrowMagic):]) != arrowMagic {
		return corrupt(file.name, "it is not a whole Arrow file")
	}
	return nil
}

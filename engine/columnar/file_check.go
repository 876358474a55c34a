package columnar

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/files"
)

// maxFaults is how many faults an Inspection lists.
const maxFaults = 20

// Inspection is what Check found out about a dataset's files.
type Inspection struct {
	Versions int      // that are kept, the current one included
	Bytes    int64    // that were read
	Faults   []string // the first of them; each names file and place
	Total    int64    // of faults
	// Newer says that a newer Herbarium wrote the files, which a load does not
	// replace. It is the one fault then.
	Newer bool
}

func (i *Inspection) add(fault string) {
	if i.Total++; len(i.Faults) < maxFaults {
		i.Faults = append(i.Faults, fault)
	}
}

// Datasets returns the names of all datasets of which something is published,
// in order.
func (s *FileStore) Datasets(context.Context) ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(s.dir, e.Name(), files.ManifestName)); err == nil {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// Check reads all files of the dataset's versions and compares them with their checksums.
// The error can only be the context's: whatever is wrong with a file is a fault in the
// Inspection.
func (s *FileStore) Check(ctx context.Context, dataset string) (Inspection, error) {
	var i Inspection
	known := s.versionsOf(dataset).look(true)
	if known.err != nil {
		cause := known.err
		if inner := errors.Unwrap(cause); inner != nil {
			cause = inner // which names the file
		}
		fault := cause.Error()
		if i.Newer = errors.Is(cause, files.ErrNewer); i.Newer {
			fault += "; " + updateAdvice
		}
		i.add(fault)
		return i, nil
	}
	for v := range known.manifest.Versions(time.Now()) {
		if err := s.inspect(ctx, dataset, v, &i); err != nil {
			return i, err
		}
	}
	return i, nil
}

// inspect reads one version.
func (s *FileStore) inspect(ctx context.Context, dataset string, v *files.Version, i *Inspection) error {
	// Its fields need not be the dataset's any more.
	loaded := &datasets.Dataset{Name: dataset}
	for _, f := range v.Fields {
		kind, ok := datasets.ParseType(f.Type)
		if !ok {
			i.add(fmt.Sprintf("%s: there is no type %q", filepath.Join(s.dir, dataset, files.ManifestName), f.Type))
			return nil
		}
		loaded.Fields = append(loaded.Fields, datasets.Field{Name: f.Name, Type: kind})
	}
	t, err := openVersion(v, filepath.Join(s.dir, dataset), loaded, s.resources)
	if errors.Is(err, fs.ErrNotExist) && s.superseded(dataset, v) {
		return nil
	}
	i.Versions++
	if err != nil {
		i.add(err.Error())
		return nil
	}
	i.Bytes += int64(len(t.segment.file.Data))
	var ended error
	err = t.guard(func() error {
		ended = t.inspect(ctx, i)
		return nil
	})
	if err != nil {
		i.add(errors.Unwrap(err).Error())
	}
	return ended
}

// superseded reports whether a load has removed the version in the meantime.
func (s *FileStore) superseded(dataset string, v *files.Version) bool {
	for now := range s.versionsOf(dataset).look(true).manifest.Versions(time.Now()) {
		if now.Folder == v.Folder {
			return false
		}
	}
	return true
}

// inspect reads the table's segment.
func (t *table) inspect(ctx context.Context, i *Inspection) error {
	s := t.segment
	for b := range t.blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		for f := range t.fields {
			c := &t.blocks[b].columns[f]
			if fault := c.stored.check(c); fault != nil {
				i.add(fault.Error())
			}
		}
	}
	for f := range t.fields {
		if t.fields[f].Type != datasets.String {
			continue
		}
		if _, _, fault := s.readDictionary(f); fault != nil {
			i.add(fault.Error())
		}
	}
	size := int64(len(s.file.Data))
	if rest, err := s.zoneMaps.checksumRest(s.fields, bytes.NewReader(s.file.Data), size); err != nil || rest != s.zoneMaps.restChecksum {
		i.add(files.Corrupt(s.file.Name, "the checksum of what Arrow keeps beside the rows differs").Error())
	}
	return nil
}

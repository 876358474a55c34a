package columnar

import (
	"path/filepath"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/files"
)

// The names in a version's folder.
const (
	segmentName  = "rows.arrow"
	zoneMapsName = "summaries"
	meansName    = "means" // where the dataset declares some; one can do without
)

// updateAdvice says what to do about that.
const updateAdvice = "update this one, or load into another folder"

// openVersion returns the table of a version, whose folder lies in the dataset's.
func openVersion(v *files.Version, folder string, ds *datasets.Dataset, r *resources) (*table, error) {
	folder = filepath.Join(folder, v.Folder)
	sums, file, err := openSegment(v, folder, ds.Fields)
	if err != nil {
		return nil, err
	}
	segment, blocks := newSegment(ds.Name, ds.Fields, file, sums)
	t := newTable(ds, r, blocks, v.Version)
	t.place, t.segment, t.blockRows = onDisk, segment, sums.blockRows
	if t.rows != v.Rows {
		return nil, files.Corrupt(file.Name, "it has %d rows, not %d", t.rows, v.Rows)
	}
	if wanted, err := v.File(meansName); err == nil {
		return t, t.readAggregates(filepath.Join(folder, meansName), wanted)
	}
	return t, nil
}

// openSegment reads the version's zone maps and maps its segment.
func openSegment(v *files.Version, folder string, fields []datasets.Field) (*zoneMaps, *files.Mapping, error) {
	wanted, err := v.File(segmentName)
	if err != nil {
		return nil, nil, err
	}
	file, err := files.Map(filepath.Join(folder, segmentName), wanted.Bytes)
	if err != nil {
		return nil, nil, err
	}
	if err := file.Guard(func() error { return arrowFile(file) }); err != nil {
		return nil, nil, err
	}
	if wanted, err = v.File(zoneMapsName); err != nil {
		return nil, nil, err
	}
	sums, err := readZoneMaps(filepath.Join(folder, zoneMapsName), wanted, fields, int64(len(file.Data)))
	return sums, file, err
}

// arrowFile refuses a file that does not begin and end as Arrow's do.
func arrowFile(file *files.Mapping) error {
	if b := file.Data; len(b) < 2*len(arrowMagic) || string(b[:len(arrowMagic)]) != arrowMagic || string(b[len(b)-len(arrowMagic):]) != arrowMagic {
		return files.Corrupt(file.Name, "it is not a whole Arrow file")
	}
	return nil
}

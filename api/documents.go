package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"

	"herbarium/api/openapi"
	"herbarium/api/problem"
	"herbarium/datasets"
	"herbarium/schemas"
)

// openapiPath is the first segment of the paths of OpenAPI documents.
const openapiPath = "openapi"

// wholeDocument answers /openapi.json.
func (s *Server) wholeDocument(x *exchange) error {
	return s.sendDocument(x, s.registry.Current(), nil)
}

// datasetDocument answers /openapi/{dataset}.json.
func (s *Server) datasetDocument(x *exchange) error {
	snapshot, name := s.registry.Current(), x.match.Vars["dataset"]
	ds, ok := snapshot.Dataset(name)
	if !ok {
		return s.unknownDataset(name)
	}
	return s.sendDocument(x, snapshot, ds)
}

// sendDocument sends the document of the dataset, or of all datasets if it is nil.
func (s *Server) sendDocument(x *exchange, snapshot *datasets.Snapshot, ds *datasets.Dataset) error {
	version, err := documentVersion(x.request.URL.Query().Get("version"))
	if err != nil {
		return err
	}
	made, err := s.documents.of(snapshot, documentKey{ds, version}, func() ([]byte, error) {
		options := openapi.Options{Version: version, BasePath: s.options.BasePath}
		if ds != nil {
			return openapi.DatasetDocument(ds, options)
		}
		return openapi.Document(all(snapshot), options)
	})
	if err != nil {
		return err
	}
	x.Header()["Cache-Control"] = noCache
	x.Header()["Etag"] = x.line(lineTag, made.tag)
	if matches(x.request.Header["If-None-Match"], made.tag) {
		x.WriteHeader(http.StatusNotModified)
		return nil
	}
	return x.send(http.StatusOK, jsonType, made.text)
}

// all returns the snapshot's datasets, by name.
func all(snapshot *datasets.Snapshot) []*datasets.Dataset {
	names := snapshot.Names()
	list := make([]*datasets.Dataset, len(names))
	for i, name := range names {
		list[i], _ = snapshot.Dataset(name)
	}
	return list
}

// documentVersion returns the version of the OpenAPI Specification that the
// parameter version asks for.
func documentVersion(asked string) (openapi.Version, error) {
	if asked == "" {
		return openapi.V31, nil
	}
	version, ok := openapi.ParseVersion(asked)
	if !ok {
		return "", &problem.Error{Code: problem.InvalidQuery, Detail: "the URL's parameters are not valid", Violations: []schemas.Violation{{
			Pointer: "/version", Code: schemas.NotInEnum, Detail: "there is no OpenAPI " + schemas.Quote(asked) + " here; allowed: 3.1, 3.2"}}}
	}
	return version, nil
}

// documents caches the documents of one snapshot: each is made when it is first
// asked for.
type documents struct {
	mu       sync.Mutex
	snapshot *datasets.Snapshot
	made     map[documentKey]document
}

// documentKey identifies a document of a snapshot.
type documentKey struct {
	dataset *datasets.Dataset // nil: all
	version openapi.Version
}

// document is a text with its entity tag.
type document struct {
	text []byte
	tag  string
}

// of returns the snapshot's document, which build makes if it is not cached.
func (d *documents) of(snapshot *datasets.Snapshot, key documentKey, build func() ([]byte, error)) (document, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.snapshot != snapshot {
		d.snapshot, d.made = snapshot, map[documentKey]document{}
	}
	if made, ok := d.made[key]; ok {
		return made, nil
	}
	text, err := build()
	if err != nil {
		return document{}, err
	}
	sum := sha256.Sum256(text)
	made := document{text, `"` + hex.EncodeToString(sum[:16]) + `"`}
	d.made[key] = made
	return made, nil
}

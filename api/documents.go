package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"sync"

	"herbarium/api/openapi"
	"herbarium/api/problem"
	"herbarium/datasets"
	"herbarium/schemas"
)

// openapiPath is the first segment of the paths of OpenAPI documents.
const openapiPath = "openapi"

// maxTogether is the number of datasets up to which /openapi.json describes all
// of them. A document of more takes a page or a generator minutes to read.
const maxTogether = 50

// wholeDocument answers /openapi.json.
func (s *Server) wholeDocument(x *exchange) error {
	together, err := documentOfAll(x.request.URL.Query().Get("all"))
	if err != nil {
		return err
	}
	snapshot := x.snapshot
	listed := !together && len(snapshot.Names()) > maxTogether
	return s.sendDocument(x, documentKey{listed: listed}, func(o openapi.Options) ([]byte, error) {
		if listed {
			return openapi.ListDocument(all(snapshot), o)
		}
		return openapi.Document(all(snapshot), o)
	})
}

// datasetDocument answers /openapi/{dataset}.json.
func (s *Server) datasetDocument(x *exchange) error {
	name := x.match.Vars["dataset"]
	ds, ok := x.snapshot.Dataset(name)
	if !ok {
		return s.unknownDataset(x, name)
	}
	return s.sendDocument(x, documentKey{dataset: ds}, func(o openapi.Options) ([]byte, error) {
		return openapi.DatasetDocument(ds, o)
	})
}

// sendDocument sends a document of the caller's snapshot, which build makes if it is not
// cached, in the coding that the client prefers.
func (s *Server) sendDocument(x *exchange, key documentKey, build func(openapi.Options) ([]byte, error)) error {
	var err error
	if key.version, err = documentVersion(x.request.URL.Query().Get("version")); err != nil {
		return err
	}
	choice, err := s.negotiateCoding(x.request.Header["Accept-Encoding"])
	if err != nil {
		return err
	}
	key.base = x.base
	made, err := s.preparedOf(x.snapshot).documents.of(key, choice.coding, func() ([]byte, error) {
		return build(openapi.Options{Version: key.version, BasePath: x.base, Auth: s.options.Auth != nil})
	})
	if err != nil {
		return err
	}
	h := x.Header()
	h.Add("Vary", "Accept-Encoding")
	h["Cache-Control"] = x.revalidated()
	h["Etag"] = x.line(lineTag, entityTag(made.tag, choice.coding != nil))
	if matches(x.request.Header["If-None-Match"], entityTag(made.tag, false)) {
		x.WriteHeader(http.StatusNotModified)
		return nil
	}
	if choice.coding != nil {
		h["Content-Encoding"] = choice.coding.header
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

// documentOfAll reads the parameter all, which asks for one document of all
// datasets, however many there are.
func documentOfAll(asked string) (bool, error) {
	together, ok := boolean(asked)
	if !ok && asked != "" {
		return false, &problem.Error{Code: problem.InvalidQuery, Detail: "the URL's parameters are not valid", Violations: []schemas.Violation{{
			Pointer: "/all", Code: schemas.NotInEnum, Detail: "all is true or false, not " + schemas.Quote(asked)}}}
	}
	return together, nil
}

// documents caches the documents of one snapshot: each is made, and coded, when
// it is first asked for.
type documents struct {
	mu       sync.Mutex
	prefixes map[string]struct{} // of made
	made     map[documentKey]document
	coded    map[codedKey][]byte
}

// documentKey identifies a document of a snapshot.
type documentKey struct {
	dataset *datasets.Dataset // nil: all
	listed  bool              // all are only listed
	version openapi.Version
	base    string // the prefix that the client sees
}

// codedKey identifies the bytes of a document in a coding.
type codedKey struct {
	documentKey
	coding string
}

// document is a text with its entity tag, which is not quoted.
type document struct {
	text []byte
	tag  string
}

// of returns the snapshot's document in the coding, if there is one. build makes
// its text if that is not cached.
func (d *documents) of(key documentKey, c *coding, build func() ([]byte, error)) (document, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, known := d.prefixes[key.base]; d.made == nil || !known && len(d.prefixes) == maxPrefixes {
		d.prefixes, d.made, d.coded = map[string]struct{}{}, map[documentKey]document{}, map[codedKey][]byte{}
	}
	d.prefixes[key.base] = struct{}{}
	made, ok := d.made[key]
	if !ok {
		text, err := build()
		if err != nil {
			return document{}, err
		}
		sum := sha256.Sum256(text)
		made = document{text, hex.EncodeToString(sum[:16])}
		d.made[key] = made
	}
	if c == nil {
		return made, nil
	}
	coded, ok := d.coded[codedKey{key, c.Name}]
	if !ok {
		var b bytes.Buffer
		w := c.New(&b)
		_, err := w.Write(made.text)
		if err := errors.Join(err, w.Close()); err != nil {
			return document{}, err
		}
		coded = b.Bytes()
		d.coded[codedKey{key, c.Name}] = coded
	}
	made.text = coded
	return made, nil
}

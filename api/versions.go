package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"herbarium/api/problem"
	"herbarium/api/status"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/schemas"
)

// versionsPath is the last segment of the path of a dataset's versions.
const versionsPath = "versions"

// versions answers /datasets/{dataset}/versions.
func (s *Server) versions(x *exchange) error {
	ds, err := s.datasetOf(x)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(x.request.Context(), statusTimeout)
	defer cancel()
	list, err := s.engine.Versions(ctx, ds)
	if err != nil {
		return s.explainMissing(x, ds.Name, problem.Discreet(ds, err))
	}
	text, err := schemas.AppendJSON(nil, x.versionsOf(ds, list))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := x.Header()
	h["Cache-Control"] = x.revalidated()
	h["Etag"] = x.line(lineTag, tag)
	if matches(x.request.Header["If-None-Match"], tag) {
		x.WriteHeader(http.StatusNotModified)
		return nil
	}
	return x.send(http.StatusOK, jsonType, text)
}

// versionsOf describes the versions, with links to operations that need no more than one.
func (x *exchange) versionsOf(ds *datasets.Dataset, list engine.Versions) status.VersionList {
	about := x.base + "/" + datasetsPath + "/" + ds.Name
	l := status.VersionsOf(ds, list)
	l.Links = map[string]string{"self": about + "/" + versionsPath, "dataset": about}
	for i := range l.Versions {
		v := &l.Versions[i]
		v.Links = map[string]string{}
		for _, op := range ds.Operations {
			if !op.TakesProperty("field") { // which a query has to have
				v.Links[op.Path] = x.base + "/" + ds.Name + "/" + op.Path + "?version=" + v.Pin
			}
		}
	}
	return l
}

// immutable is the Cache-Control of what stays the same for ever under its URL.
var immutable = []string{"public, max-age=31536000, immutable"}

// cacheControl is the Cache-Control of an answer. One that its URL pins to rows and
// descriptor stays as it is, where it does not depend on who asks.
func (o operation) cacheControl(x *exchange, fingerprint string) []string {
	pinned := fingerprint != "" && (x.request.Method == http.MethodGet || x.request.Method == http.MethodHead)
	if pinned && o.server.options.Auth == nil {
		return immutable
	}
	return x.revalidated()
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"herbarium/api"
	"herbarium/datasets"
	"herbarium/engine"
)

// handledKinds returns the kinds of requests that go through the server's handlers, without
// a connection: an answer that is in the cache, and a page of one row that is not. What
// they take is the same for any number of rows.
func handledKinds(store engine.Store, ds *datasets.Dataset) (all []benchKind) {
	const (
		cacheBytes    = 64 << 20
		distinctPages = 100
	)
	op := ds.Operations[len(ds.Operations)-1]
	if ds.Offers(datasets.Mean) {
		op = datasets.Mean
	}
	all = append(all, handledKind(store, ds, op, "from the cache, through HTTP's handlers", engine.Options{CacheBytes: cacheBytes},
		func(int) url.Values { return url.Values{"per_page": {fmt.Sprint(benchPage(ds, op))}} }))
	if ds.Offers(datasets.Range) {
		all = append(all, handledKind(store, ds, datasets.Range, "one row, through HTTP's handlers", engine.Options{}, func(i int) url.Values {
			return url.Values{"per_page": {"1"}, "page": {fmt.Sprint(1 + i%distinctPages)}}
		}))
	}
	return all
}

// handledKind returns requests for the operation, with a query for each.
func handledKind(store engine.Store, ds *datasets.Dataset, op *datasets.Operation, words string, options engine.Options, values func(i int) url.Values) benchKind {
	eng := engine.New(store, options)
	server := api.New(datasets.NewRegistry(datasets.NewSnapshot(ds)), eng, api.Options{})
	return benchKind{operation: op.Path, words: words, close: eng.Close, ask: func(ctx context.Context, i int) (int64, error) {
		target := &url.URL{Path: "/" + ds.Name + "/" + op.Path, RawQuery: values(i).Encode()}
		r := (&http.Request{Method: http.MethodGet, URL: target, RequestURI: target.RequestURI(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{}, Body: http.NoBody, Host: "localhost", RemoteAddr: "127.0.0.1:1"}).WithContext(ctx)
		w := measuredWriter{header: http.Header{}}
		server.ServeHTTP(&w, r)
		if w.status != http.StatusOK {
			return 0, fmt.Errorf("%s answers with status %d", target, w.status)
		}
		return w.bytes, nil
	}}
}

// measuredWriter counts what a handler writes.
type measuredWriter struct {
	header http.Header
	status int
	bytes  int64
}

func (w *measuredWriter) Header() http.Header { return w.header }

func (w *measuredWriter) WriteHeader(status int) { w.status = status }

func (w *measuredWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.bytes += int64(len(b))
	return len(b), nil
}

// SetWriteDeadline does nothing: nobody is slow to accept.
func (w *measuredWriter) SetWriteDeadline(time.Time) error { return nil }

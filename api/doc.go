// Package api serves the registry's datasets over HTTP: it routes a request to
// a dataset's operation, passes the query to the engine and streams the encoded
// answer. Errors become problem details (RFC 9457) in one place. Its parts are
// packages below it: the formats of answers, the OpenAPI documents, the problems
// and the status of datasets.
package api

// Package api serves the registry's datasets over HTTP: it routes a request to
// a dataset's operation, passes the query to the engine and streams the encoded
// answer. Errors become problem details (RFC 9457) in one place. Its parts are
// packages below it: who may ask (auth) and how much (limits, overload), the formats
// of answers, pages, OpenAPI documents, tools of assistants (mcp), problems, the status
// of datasets, metrics and traces.
package api

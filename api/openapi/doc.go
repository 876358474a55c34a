// Package openapi describes a server of datasets as OpenAPI documents: the
// operations of each dataset, their queries and answers, and what the server
// tells about itself. The queries are those of each dataset's query schema;
// formats, problems and states are those of packages format, problem and
// status.
package openapi

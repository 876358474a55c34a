// Package api serves the registry's datasets over HTTP: it routes a request to
// a dataset's operation, hands its body to the engine and streams the encoded
// answer. Whatever goes wrong becomes problem details (RFC 9457) in one place.
package api

package api

import (
	"net/http"
	"strings"
)

// fresh reports whether If-None-Match names the tag, so that the client's copy
// stands (RFC 9110, 13.1.2: weak comparison).
func fresh(h http.Header, tag string) bool {
	for _, line := range h["If-None-Match"] {
		for item := range strings.SplitSeq(line, ",") {
			item = strings.TrimSpace(item)
			if item == "*" || strings.TrimPrefix(item, "W/") == tag {
				return true
			}
		}
	}
	return false
}

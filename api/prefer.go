package api

import "strings"

// countExact is the preference for X-Total-Count even if that takes counting.
const countExact = "count=exact"

// prefersCount reports whether Prefer (RFC 7240) asks for an exact count. If a
// preference is given more than once, the first one counts.
func prefersCount(prefer []string) bool {
	for _, line := range prefer {
		for item := range strings.SplitSeq(line, ",") {
			text, _, _ := strings.Cut(item, ";")
			name, value, _ := strings.Cut(text, "=")
			if strings.EqualFold(strings.TrimSpace(name), "count") {
				return strings.Trim(strings.TrimSpace(value), `"`) == "exact"
			}
		}
	}
	return false
}

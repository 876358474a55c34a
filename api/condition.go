package api

import "strings"

// matches reports whether a tag is among those of If-None-Match, by the weak
// comparison that it asks for (RFC 9110, 13.1.2). A proxy that compresses answers
// may have changed it.
func matches(header []string, tag string) bool {
	return listed(header, func(other string, _ bool) bool { return other == tag || withoutSuffix(other) == tag })
}

// proxySuffixes are what proxies that compress answers add to a tag within its
// quotes: Apache's mod_deflate and mod_brotli, its older versions, and Jetty. Our
// own tags have neither - nor ;.
var proxySuffixes = []string{"--gzip", "-gzip", "-br", ";gzip", ";br"}

// withoutSuffix returns the tag as it was before a proxy changed it.
func withoutSuffix(tag string) string {
	inner := strings.TrimSuffix(tag, `"`)
	for _, suffix := range proxySuffixes {
		if original, ok := strings.CutSuffix(inner, suffix); ok {
			return original + `"`
		}
	}
	return tag
}

// matchesStrongly reports whether a tag is among those of If-Match, by the
// strong comparison that it asks for (RFC 9110, 13.1.1).
func matchesStrongly(header []string, tag string) bool {
	return listed(header, func(other string, weak bool) bool { return other == tag && !weak })
}

// matchesAny reports whether If-Match is "*".
func matchesAny(header []string) bool {
	return listed(header, func(string, bool) bool { return false })
}

// namesWeakly reports whether If-Match contains weak tags.
func namesWeakly(header []string) bool {
	return listed(header, func(_ string, weak bool) bool { return weak })
}

// listed reports whether is holds for one of the header's tags, or whether the
// header is "*".
func listed(header []string, is func(tag string, weak bool) bool) bool {
	for _, line := range header {
		for rest := strings.TrimSpace(line); rest != ""; {
			if rest[0] == '*' {
				return true
			}
			var weak bool
			rest, weak = strings.CutPrefix(rest, "W/")
			if rest == "" || rest[0] != '"' {
				return false
			}
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return false
			}
			if is(rest[:end+2], weak) {
				return true
			}
			rest = strings.TrimLeft(rest[end+2:], " \t,")
		}
	}
	return false
}

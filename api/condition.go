package api

import "strings"

// matches reports whether a tag is among those of If-None-Match, by the weak
// comparison that it asks for (RFC 9110, 13.1.2). A tag that a proxy changed when
// it compressed the answer is recognised.
func matches(header []string, tag string) bool {
	return listed(header, func(other string, _ bool) bool { return other == tag || uncoded(other) == tag })
}

// uncoded returns a tag without what proxies append to it when they compress an
// answer, as Apache's mod_deflate does: "x-gzip", "x;gzip". Our tags are letters and
// digits.
func uncoded(tag string) string {
	if i := strings.IndexAny(tag, "-;:"); i > 0 {
		return tag[:i] + `"`
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

package api

import "strings"

// matches reports whether a tag is among those of If-None-Match, by the weak
// comparison that it asks for (RFC 9110, 13.1.2).
func matches(header []string, tag string) bool {
	for _, line := range header {
		for rest := strings.TrimSpace(line); rest != ""; {
			if rest[0] == '*' {
				return true
			}
			rest = strings.TrimPrefix(rest, "W/")
			if rest == "" || rest[0] != '"' {
				return false
			}
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return false
			}
			if rest[:end+2] == tag {
				return true
			}
			rest = strings.TrimLeft(rest[end+2:], " \t,")
		}
	}
	return false
}

package decode

import "bytes"

// usualZone rewrites the offset of an instant as RFC 3339 has it. Postgres writes
// +00 or +05:30, git and BigQuery a space before +0530 or UTC, and SQL Server one
// before +01:00. Other texts are returned as they are.
func usualZone(text []byte) []byte {
	const clock = len("2019-03-23T20:21")
	if len(text) < clock {
		return text
	}
	at := clock + bytes.IndexAny(text[clock:], " +-UG")
	if at < clock {
		return text
	}
	before, zone := text[:at], bytes.TrimPrefix(text[at:], []byte(" "))
	var hours, minutes []byte
	switch {
	case string(zone) == "UTC", string(zone) == "GMT", string(zone) == "Z":
		return append(bytes.Clone(before), 'Z')
	case len(zone) == 0 || zone[0] != '+' && zone[0] != '-':
		return text
	case len(zone) == len("+00"):
		hours, minutes = zone[1:], []byte("00")
	case len(zone) == len("+0000"):
		hours, minutes = zone[1:3], zone[3:]
	case len(zone) == len("+00:00") && zone[3] == ':':
		hours, minutes = zone[1:3], zone[4:]
	default:
		return text
	}
	out := append(bytes.Clone(before), zone[0])
	return append(append(append(out, hours...), ':'), minutes...)
}

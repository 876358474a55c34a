package decode

// extended rewrites an instant in the basic format of ISO 8601, 20190323T202109Z, in
// the extended one: 2019-03-23T20:21:09Z. Seconds, their fraction and the offset may
// be left out. Other texts are returned as they are.
func extended(text []byte) []byte {
	const day, minutes = len("20190323"), len("20190323T2021")
	if len(text) < minutes || text[day] != 'T' || !digits(text[:day]) || !digits(text[day+1:minutes]) {
		return text
	}
	out := make([]byte, 0, len("2019-03-23T20:21:09.123456789+01:00"))
	out = append(append(out, text[:4]...), '-')
	out = append(append(out, text[4:6]...), '-')
	out = append(append(out, text[6:11]...), ':')
	out = append(out, text[11:minutes]...)
	rest := text[minutes:]
	if len(rest) >= 2 && digits(rest[:2]) {
		out = append(append(out, ':'), rest[:2]...)
		rest = rest[2:]
	}
	return append(out, rest...)
}

func digits(text []byte) bool {
	for _, b := range text {
		if b < '0' || b > '9' {
			return false
		}
	}
	return true
}

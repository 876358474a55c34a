package mongodb

// dictionary collects the texts of one column of one batch. A text that came
// shortly before gets its code again.
type dictionary struct {
	bytes []byte
	ends  []int // of each text in bytes
	// recent holds a code, plus one, for each hash of a text: few distinct
	// texts, as categories have, all find their codes there.
	recent [256]uint32
	texts  []string
}

func (d *dictionary) reset() {
	d.bytes, d.ends = d.bytes[:0], d.ends[:0]
	clear(d.recent[:])
}

func (d *dictionary) at(code uint32) (start, end int) {
	if code > 0 {
		start = d.ends[code-1]
	}
	return start, d.ends[code]
}

// code returns the index of the text in strings.
func (d *dictionary) code(text []byte) uint32 {
	slot := &d.recent[hash(text)]
	if *slot > 0 {
		if start, end := d.at(*slot - 1); string(d.bytes[start:end]) == string(text) {
			return *slot - 1
		}
	}
	d.bytes = append(d.bytes, text...)
	d.ends = append(d.ends, len(d.bytes))
	*slot = uint32(len(d.ends))
	return *slot - 1
}

// hash tells texts apart by their length and three of their bytes; one that
// errs costs a second entry and nothing else.
func hash(text []byte) uint8 {
	n := len(text)
	if n == 0 {
		return 0
	}
	h := uint32(n)*0x9E3779B1 + uint32(text[0])*0x85EBCA77 + uint32(text[n/2])*0xC2B2AE3D + uint32(text[n-1])*0x27D4EB2F
	return uint8(h >> 24)
}

// strings returns all texts by their codes, made at once, so that it costs
// one allocation however many there are.
func (d *dictionary) strings() []string {
	all := string(d.bytes)
	d.texts = d.texts[:0]
	start := 0
	for _, end := range d.ends {
		d.texts = append(d.texts, all[start:end])
		start = end
	}
	return d.texts
}

package parquet

import (
	"testing"

	"github.com/apache/arrow-go/v18/parquet/compress"
)

// TestOldLZ4 decompresses blocks written by hand: a token that says how many
// characters follow, and these.
func TestOldLZ4(t *testing.T) {
	codec, err := compress.GetCodec(compress.Codecs.Lz4)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		packed string
		want   string // "" for an error
	}{
		"one frame":          {"\x00\x00\x00\x03\x00\x00\x00\x04\x30abc", "abc"},
		"two frames":         {"\x00\x00\x00\x03\x00\x00\x00\x04\x30abc\x00\x00\x00\x02\x00\x00\x00\x03\x20de", "abcde"},
		"no frame":           {"\x30abc", "abc"},
		"a frame cut off":    {"\x00\x00\x00\x03\x00\x00\x00\x04\x30ab", ""},
		"a length too large": {"\x7f\xff\xff\xff\x7f\xff\xff\xff\x30abc", ""},
		"no LZ4":             {"\xf0", ""},
	} {
		got, err := compress.Decode(codec, make([]byte, len(c.want)), []byte(c.packed))
		if string(got) != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, c.want)
		}
	}
}

func TestAPageOfSnappyWithoutBytes(t *testing.T) {
	codec, err := compress.GetCodec(compress.Codecs.Snappy)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := compress.Decode(codec, nil, nil); len(got) != 0 || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := compress.Decode(codec, make([]byte, 3), nil); err == nil {
		t.Error("values without bytes: no error")
	}
	if got, err := compress.Decode(codec, make([]byte, 3), []byte("\x03\x08abc")); string(got) != "abc" || err != nil {
		t.Errorf("got %q, %v, want abc", got, err)
	}
}

package auth

import (
	"regexp"
	"testing"
)

// The keys of the bytes 0 to 31, 32 to 63, 64 to 95 and 96 to 127, and the digest of
// the first, as Python's base64, zlib and hashlib make them.
const (
	keyA = "hb1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8Fyqk6Q"
	keyB = "hb1_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8nLrvyg"
	keyC = "hb1_QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8BqPbMg"

	sumA = "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
	sumB = "72dbb7336c76780023f83da4c355f2eeea85733b13d3477697917790c1229084"
)

func TestAKeyIsReadAsOtherProgramsWriteIt(t *testing.T) {
	for key, want := range map[string]string{keyA: sumA, keyB: sumB} {
		digest, err := digestOf(key)
		if err != nil || digest.String() != want {
			t.Errorf("%s: %v %v", key, digest, err)
		}
	}
}

func TestWhatIsNoKeyIsToldFromAnUnknownOne(t *testing.T) {
	for name, key := range map[string]string{
		"cut":              keyA[:len(keyA)-1],
		"longer":           keyA + "A",
		"mistyped":         "hb1_BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8Fyqk6Q",
		"another checksum": keyA[:47] + keyB[47:],
		"another prefix":   "hb2_" + keyA[4:],
		"empty":            "",
		// The last of the 43 characters has two bits that no byte needs.
		"not canonical": "hb1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9" + checksum("hb1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9"),
	} {
		if _, err := digestOf(key); err == nil {
			t.Errorf("%s: %s is taken", name, key)
		}
	}
}

func TestNewKeysDifferAndAreFoundByScanners(t *testing.T) {
	pattern := regexp.MustCompile(KeyPattern)
	seen := map[string]bool{}
	for range 100 {
		key, stored := NewKey()
		digest, err := digestOf(key)
		if err != nil || digest != stored || pattern.FindString("x "+key+" y") != key || seen[key] {
			t.Fatalf("%s: %v", key, err)
		}
		seen[key] = true
	}
}

func TestKeysAndTokensAreTakenOutOfTexts(t *testing.T) {
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0xxxx.c2lnbmF0dXJl"
	for text, want := range map[string]string{
		"/iris/" + keyA + "/x":            "/iris/[redacted]/x",
		"cut: " + keyA[:30] + ", and on":  "cut: [redacted], and on",
		"a " + token + " b":               "a [redacted] b",
		"hb1_ is the prefix of every key": "hb1_ is the prefix of every key",
		"/iris/range":                     "/iris/range",
	} {
		if got := Redact(text); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}

package query

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"

	"herbarium/datasets"
)

// A version is a hash of rows, also of those that a view hides, and a token holds the
// number of a row among all rows. So a view has versions and tokens of its own. Both are
// made of the base's with keys that only servers have, and are turned back without a
// memory of what was given out:
//
//   - A version is a block of 128 bits, encrypted with AES-256: a permutation that nobody
//     can tell from a random one.
//   - A token is padded and encrypted with AES-256-GCM, whose nonce is an HMAC of the
//     padded text (a synthetic IV, after Rogaway and Shrimpton, Deterministic
//     authenticated encryption, Eurocrypt 2006). So equal marks have equal tokens, and a
//     text that no server made is none.
//
// The keys are derived from the restriction's secret and the view's name (HMAC-SHA256 as
// a pseudorandom function, as in NIST SP 800-108), so what one view gave out means nothing
// to another.
type seal struct {
	version cipher.Block
	token   cipher.AEAD
	nonce   []byte // the key of the HMAC
}

const (
	nonceBytes = 12 // that GCM takes
	// padTo is the number of bytes that a token's text is padded to multiples of.
	padTo    = 64
	padStart = 0x80
)

func newSeal(secret []byte, view string) seal {
	key := func(use string) []byte {
		mac := hmac.New(sha256.New, secret)
		_, _ = mac.Write([]byte(use + "\x00" + view)) // which never fails
		return mac.Sum(nil)
	}
	block := func(use string) cipher.Block {
		b, err := aes.NewCipher(key(use))
		if err != nil {
			panic(err) // a key has 32 bytes
		}
		return b
	}
	aead, err := cipher.NewGCM(block("token"))
	if err != nil {
		panic(err) // a block of AES is what GCM takes
	}
	return seal{block("version"), aead, key("nonce")}
}

// versionText is how versions are written (see engine.Hasher).
var versionText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// SealVersion returns what a view calls the version of its base; "" for none, and for a
// text that is no version.
func SealVersion(v *datasets.View, version string) string {
	return turnVersion(v, version, func(b cipher.Block, to, from []byte) { b.Encrypt(to, from) })
}

// OpenVersion returns the version of the base that a view calls so. Of a text that no
// view gave out it is one that no rows have.
func OpenVersion(v *datasets.View, version string) string {
	return turnVersion(v, version, func(b cipher.Block, to, from []byte) { b.Decrypt(to, from) })
}

func turnVersion(v *datasets.View, version string, turn func(b cipher.Block, to, from []byte)) string {
	r, ok := v.Settled.(*restricted)
	if !ok || !v.Sealed {
		return version
	}
	var block [aes.BlockSize]byte
	b, err := versionText.DecodeString(version)
	if err != nil || len(b) != len(block) {
		return ""
	}
	turn(r.seal.version, block[:], b)
	return versionText.EncodeToString(block[:])
}

// seal seals the text of a token.
func (s *seal) seal(text []byte) []byte {
	padded := append(bytes.Clone(text), padStart)
	if over := len(padded) % padTo; over > 0 {
		padded = append(padded, make([]byte, padTo-over)...)
	}
	nonce := s.nonceOf(padded)
	return s.token.Seal(nonce, nonce, padded, nil)
}

// open returns the text that was sealed, and whether that is what it was.
func (s *seal) open(sealed []byte) (text []byte, ok bool) {
	if len(sealed) < nonceBytes {
		return nil, false
	}
	padded, err := s.token.Open(nil, sealed[:nonceBytes], sealed[nonceBytes:], nil)
	if err != nil || !hmac.Equal(sealed[:nonceBytes], s.nonceOf(padded)) {
		return nil, false
	}
	end := bytes.LastIndexByte(padded, padStart)
	if end < 0 {
		return nil, false
	}
	return padded[:end], true
}

func (s *seal) nonceOf(padded []byte) []byte {
	mac := hmac.New(sha256.New, s.nonce)
	_, _ = mac.Write(padded) // which never fails
	return mac.Sum(nil)[:nonceBytes:nonceBytes]
}

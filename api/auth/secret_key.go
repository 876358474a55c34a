package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"regexp"
	"strings"
)

// An API key is 53 characters of ASCII:
//
//	hb1_   a prefix, by which people and programs know what it is
//	43     32 random bytes in base64url without padding (RFC 4648, 5)
//	6      the CRC-32 (IEEE 802.3, as in zlib) of the 47 characters before, as
//	       four bytes, the highest first, in base64url without padding
//
// The checksum lets a secret scanner report keys and nothing that only looks like
// one, without asking anybody. It protects nothing. The auth file has the SHA-256 of
// the 32 bytes: they are random, so a slow hash would add nothing.
const (
	keyPrefix   = "hb1_"
	secretChars = 43
	keyLength   = len(keyPrefix) + secretChars + 6
)

// KeyPattern is a regular expression for keys, for secret scanners.
const KeyPattern = `\bhb1_[A-Za-z0-9_-]{49}`

// base64url is strict, so that a key is written in one way only.
var base64url = base64.RawURLEncoding.Strict()

// Digest is the SHA-256 of the random bytes of a key.
type Digest [sha256.Size]byte

// String writes the digest in hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// NewKey makes a key, and returns what the auth file keeps of it.
func NewKey() (key string, stored Digest) {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // it never fails
	text := keyPrefix + base64url.EncodeToString(secret[:])
	return text + checksum(text), sha256.Sum256(secret[:])
}

func checksum(text string) string {
	return base64url.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text))))
}

// errNoKey is the error of a text that is no key.
var errNoKey = errors.New("it is no key of this server: its length or its checksum is wrong, so it may be cut or mistyped")

// digestOf returns the digest of a key's random bytes. The checksum is compared
// first, so a mistyped key is told from an unknown one.
func digestOf(key string) (Digest, error) {
	if len(key) != keyLength || !strings.HasPrefix(key, keyPrefix) {
		return Digest{}, errNoKey
	}
	text := key[:len(keyPrefix)+secretChars]
	if checksum(text) != key[len(text):] {
		return Digest{}, errNoKey
	}
	secret, err := base64url.DecodeString(text[len(keyPrefix):])
	if err != nil {
		return Digest{}, errNoKey
	}
	return sha256.Sum256(secret), nil
}

// looksLikeKey finds what may be a key, even if it is cut, or a signed token.
var looksLikeKey = regexp.MustCompile(`hb1_[A-Za-z0-9_-]{16,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`)

// redacted stands where a credential was.
const redacted = "[redacted]"

// Redact returns the text without keys and tokens.
func Redact(text string) string {
	if !strings.Contains(text, keyPrefix) && !strings.Contains(text, "eyJ") {
		return text
	}
	return looksLikeKey.ReplaceAllString(text, redacted)
}

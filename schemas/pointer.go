package schemas

import (
	"strconv"
	"strings"
)

// Key returns pointer extended by an object's key.
func Key(pointer, key string) string {
	if strings.ContainsAny(key, "~/") {
		key = strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
	}
	return pointer + "/" + key
}

// Index returns pointer extended by an array's index.
func Index(pointer string, i int) string {
	return pointer + "/" + strconv.Itoa(i)
}

// PointerParts returns the keys and indexes that a pointer consists of; none for "".
func PointerParts(pointer string) []string {
	if pointer == "" {
		return nil
	}
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
	}
	return parts
}

package files

import (
	"fmt"
	"hash"
	"hash/crc32"
)

// castagnoli is the polynomial of all checksums: CPUs have an instruction for it.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum returns the CRC-32C of the parts, one after the other.
func Checksum(parts ...[]byte) uint32 {
	var sum uint32
	for _, part := range parts {
		sum = UpdateChecksum(sum, part)
	}
	return sum
}

// UpdateChecksum returns the checksum of what sum is the checksum of, followed by p.
func UpdateChecksum(sum uint32, p []byte) uint32 { return crc32.Update(sum, castagnoli, p) }

// NewChecksum returns a hash whose sum is the checksum of what is written to it.
func NewChecksum() hash.Hash32 { return crc32.New(castagnoli) }

// checksumText returns a checksum as the manifest has it.
func checksumText(sum uint32) string { return fmt.Sprintf("%08x", sum) }

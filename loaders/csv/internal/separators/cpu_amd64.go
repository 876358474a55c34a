package separators

import "golang.org/x/sys/cpu"

// fast reports whether this CPU runs the assembly.
var fast = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasPOPCNT

// findWide is find for whole runs of 64 bytes, as long as dst has room for one.
func findWide(dst []uint32, text []byte, delimiter byte, base uint32) (n, read int) {
	if len(text) < 64 || len(dst) < Room {
		return 0, 0
	}
	return findAVX2(dst, text, delimiter, base)
}

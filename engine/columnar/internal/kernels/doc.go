// Package kernels is what the columnar store does to many values at once, in
// as many ways as there are kinds of CPU, all with the same results.
//
// A kernel takes slices of at most a block (8,192 rows) of one column, and
// bitmaps, which have bit i&63 of word i>>6 for row i. The portable way, in
// Go, says what a kernel does; the others are assembly, which asm writes
// (go generate):
//
//	kernel        values             AVX2   AVX-512
//	RangeFloats   number             yes    yes
//	RangeInts     integer, boolean,  yes    yes
//	              date, date-time
//	RangeCodes    string             yes    yes
//	SumFloats     number             yes    as AVX2
//	SumInts       integer            yes    as AVX2
//
// AVX2 is taken where the CPU has it; AVX-512 where it has F, BW, DQ, VL, VBMI,
// VBMI2 and VPOPCNTDQ (Intel since Ice Lake, AMD since Zen 4). The CPUs before
// them that have some of it slow down when they use it.
package kernels

//go:generate go run -C asm . ..

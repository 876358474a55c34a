// Package kernels is what the columnar store does to many values at once, in
// as many ways as there are kinds of CPU, all with the same results.
//
// A kernel takes slices of at most a block (8,192 rows) of one column, and
// bitmaps, which have bit i&63 of word i>>6 for row i. The portable way, in
// Go, says what a kernel does; the others are assembly, which asm writes
// (go generate):
//
//	kernel        values                     AVX2   AVX-512
//	RangeFloats   number                     yes    as AVX2
//	RangeInts     integer, boolean, date,    yes    as AVX2
//	              date-time
//	RangeCodes    string                     yes    as AVX2
//	RangeBytes    any, where narrow          yes    as AVX2
//	InFloats      number                     yes    as AVX2
//	InInts        integer and the like       yes    as AVX2
//	InCodes       string of less than 1,024  no     VBMI
//	              texts, null counted
//	AppendRows    bitmap                     no     VBMI2
//	Count         bitmap                     no     VPOPCNTDQ
//	SumFloats     number                     yes    as AVX2
//	SumInts       integer                    yes    as AVX2
//	SumDeviations number                     yes    as AVX2
//	SubtractMean  number                     yes    as AVX2
//	SumProducts   deviations                 yes    as AVX2
//
// AVX2 is taken where the CPU has it; AVX-512 where it has F, BW, DQ, VL, VBMI,
// VBMI2 and VPOPCNTDQ (Intel since Ice Lake, AMD since Zen 4). The CPUs before
// them that have some of it slow down when they use it. Where AVX2 is named for
// both, wider registers were no faster: a block comes from memory or from L2,
// and AVX2 takes what either gives.
package kernels

//go:generate go run -C asm . ..

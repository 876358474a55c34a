package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func writeBitmap(c *build.Context) {
	rowsAVX512(c)
	countAVX512(c)
}

// rowsAVX512 keeps the numbers of a half word's rows in a register and presses
// together those whose bits are set. It stores the whole register, which is
// much faster than to press into memory: hence the room that dst needs.
func rowsAVX512(c *build.Context) {
	numbers := ascending(c)
	begin(c, "rowsAVX512", "func(dst []uint16, bitmap []uint64) int",
		"rowsAVX512 is rows. It writes to all of dst, which has room for 64 rows of each word.")
	dst, bitmap, words, start := c.GP64(), c.GP64(), c.GP64(), c.GP64()
	c.Load(c.Param("dst").Base(), dst)
	c.Load(c.Param("bitmap").Base(), bitmap)
	c.Load(c.Param("bitmap").Len(), words)
	c.MOVQ(dst, start)
	low, high, step := c.ZMM(), c.ZMM(), c.ZMM()
	halfWord := c.GP32()
	c.VMOVDQU64(numbers, low)
	c.MOVL(operand.U32(32), halfWord)
	c.VPBROADCASTW(halfWord, step)
	c.VPADDW(step, low, high)
	c.VPADDW(step, step, step)
	c.TESTQ(words, words)
	c.JZ(operand.LabelRef("done"))
	c.Label("word")
	word := c.GP64()
	c.MOVQ(operand.Mem{Base: bitmap}, word)
	for _, numbers := range []reg.VecVirtual{low, high} {
		mask, pressed, n := c.K(), c.ZMM(), c.GP64()
		c.KMOVD(word.As32(), mask)
		c.VPCOMPRESSW_Z(numbers, mask, pressed)
		c.VMOVDQU64(pressed, operand.Mem{Base: dst})
		c.POPCNTL(word.As32(), n.As32())
		c.LEAQ(operand.Mem{Base: dst, Index: n, Scale: 2}, dst)
		c.SHRQ(operand.U8(32), word)
		c.VPADDW(step, numbers, numbers)
	}
	c.ADDQ(operand.U8(8), bitmap)
	c.DECQ(words)
	c.JNZ(operand.LabelRef("word"))
	c.Label("done")
	c.SUBQ(start, dst)
	c.SHRQ(operand.U8(1), dst)
	c.Store(dst, c.ReturnIndex(0))
	c.VZEROUPPER()
	c.RET()
}

// ascending is the numbers from 0 to 31, 16 bits each.
func ascending(c *build.Context) operand.Mem {
	numbers := c.StaticGlobal("ascending")
	c.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 32 {
		c.AddDatum(2*i, operand.U16(i))
	}
	return numbers
}

func countAVX512(c *build.Context) {
	begin(c, "countAVX512", "func(bitmap []uint64) int", "countAVX512 is count for multiples of 8 words.")
	bitmap, words := c.GP64(), c.GP64()
	c.Load(c.Param("bitmap").Base(), bitmap)
	c.Load(c.Param("bitmap").Len(), words)
	sum, eight := c.ZMM(), c.ZMM()
	c.VPXORQ(sum, sum, sum)
	c.TESTQ(words, words)
	c.JZ(operand.LabelRef("done"))
	c.Label("words")
	c.VPOPCNTQ(operand.Mem{Base: bitmap}, eight)
	c.VPADDQ(eight, sum, sum)
	c.ADDQ(operand.U8(64), bitmap)
	c.SUBQ(operand.U8(8), words)
	c.JNZ(operand.LabelRef("words"))
	c.Label("done")
	half := c.YMM()
	c.VEXTRACTI64X4(operand.U8(1), sum, half)
	c.VPADDQ(half, sum.AsY(), half)
	quarter := c.XMM()
	c.VEXTRACTI128(operand.U8(1), half, quarter)
	c.VPADDQ(quarter, half.AsX(), quarter)
	total, last := c.GP64(), c.GP64()
	c.VMOVQ(quarter, total)
	c.VPEXTRQ(operand.U8(1), quarter, last)
	c.ADDQ(last, total)
	c.Store(total, c.ReturnIndex(0))
	c.VZEROUPPER()
	c.RET()
}

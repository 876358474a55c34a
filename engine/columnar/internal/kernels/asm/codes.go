package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// writeCodes writes the kernel of sets of codes below 1,024: their bits are the
// 128 bytes that one instruction looks up in. A code's upper bits say which
// byte, its lower three which bit of it.
func writeCodes(c *build.Context) {
	powers, transposed := powersOfTwo(c), transposition(c)
	begin(c, "inCodesAVX512", "func(selected []uint64, values []uint32, bits *[128]uint8)",
		"inCodesAVX512 is inCodes for whole words and codes below 1,024.")
	at := c.GP64()
	c.Load(c.Param("bits"), at)
	low, high, bitOf, order, seven := c.ZMM(), c.ZMM(), c.ZMM(), c.ZMM(), c.ZMM()
	c.VMOVDQU64(operand.Mem{Base: at}, low)
	c.VMOVDQU64(operand.Mem{Base: at}.Offset(64), high)
	c.VBROADCASTI32X4(powers, bitOf)
	c.VMOVDQU64(transposed, order)
	number := c.GP32()
	c.MOVL(operand.U32(7), number)
	c.VPBROADCASTW(number, seven)
	eachWord(c, 4, func(values operand.Mem, word reg.GPVirtual) {
		// Two codes of 32 bits become 16 bits each, and then 8. That works on
		// each 128 bits for themselves, so 4 × 4 groups of codes end up
		// transposed, and what was found is put back in order.
		var bytes, bits [2]reg.VecVirtual
		for i := range bytes {
			words, more := c.ZMM(), c.ZMM()
			c.VMOVDQU64(values.Offset(128*i), words)
			c.VMOVDQU64(values.Offset(128*i+64), more)
			c.VPACKUSDW(more, words, words)
			bytes[i], bits[i] = c.ZMM(), c.ZMM()
			c.VPSRLW(operand.U8(3), words, bytes[i])
			c.VPANDQ(seven, words, bits[i])
		}
		byteOf, bit, mask := c.ZMM(), c.ZMM(), c.K()
		c.VPACKUSWB(bytes[1], bytes[0], byteOf)
		c.VPACKUSWB(bits[1], bits[0], bit)
		c.VPERMI2B(high, low, byteOf)
		c.VPSHUFB(bit, bitOf, bit)
		c.VPANDQ(byteOf, bit, bit)
		c.VPERMD(bit, order, bit)
		c.VPTESTMB(bit, bit, mask)
		c.KMOVQ(mask, word)
	})
}

// powersOfTwo is the byte with bit i set, for each i.
func powersOfTwo(c *build.Context) operand.Mem {
	powers := c.StaticGlobal("powersOfTwo")
	c.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 16 {
		c.AddDatum(i, operand.U8(1<<(i&7)))
	}
	return powers
}

// transposition says where each of 4 × 4 groups comes from.
func transposition(c *build.Context) operand.Mem {
	order := c.StaticGlobal("transposition")
	c.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 16 {
		c.AddDatum(4*i, operand.U32(i%4*4+i/4))
	}
	return order
}

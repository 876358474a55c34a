package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	floatBytes    = 8
	wholeMask     = 1<<fields - 1
	notEqualFloat = operand.U8(0x04) // NEQ_UQ: or a side is what is not a number
)

func writeProduct(c *build.Context) {
	subtractMean(c)
	sumProducts(c)
}

// subtractMean gathers four values at a time.
func subtractMean(c *build.Context) {
	begin(c, "subtractMeanAVX2", "func(dst []float64, values *float64, rows *uint16, mean float64)",
		"subtractMeanAVX2 is subtractMean for a multiple of Fields rows, and at least as many.")
	dst, values, rows, left := c.GP64(), c.GP64(), c.GP64(), c.GP64()
	c.Load(c.Param("dst").Base(), dst)
	c.Load(c.Param("dst").Len(), left)
	c.Load(c.Param("values"), values)
	c.Load(c.Param("rows"), rows)
	mean, at := c.YMM(), c.XMM()
	c.Load(c.Param("mean"), at)
	c.VBROADCASTSD(at, mean)
	c.Label("next")
	low, high := c.XMM(), c.XMM()
	for i, half := range []reg.VecVirtual{low, high} {
		first, second := c.GP64(), c.GP64()
		c.MOVWQZX(operand.Mem{Base: rows, Disp: 4 * i}, first)
		c.MOVWQZX(operand.Mem{Base: rows, Disp: 4*i + 2}, second)
		c.VMOVSD(operand.Mem{Base: values, Index: first, Scale: floatBytes}, half)
		c.VMOVHPD(operand.Mem{Base: values, Index: second, Scale: floatBytes}, half, half)
	}
	d := low.AsY()
	c.VINSERTF128(operand.U8(1), high, d, d)
	c.VSUBPD(mean, d, d)
	c.VMOVUPD(d, operand.Mem{Base: dst})
	c.ADDQ(operand.U8(2*fields), rows)
	c.ADDQ(operand.U8(floatBytes*fields), dst)
	c.SUBQ(operand.U8(fields), left)
	c.JNZ(operand.LabelRef("next"))
	c.VZEROUPPER()
	c.RET()
}

// sumProducts keeps the sums in registers. It looks at single products only where not all
// of four are taken.
func sumProducts(c *build.Context) {
	begin(c, "sumProductsAVX2", "func(outside *uint16, cell *float64, x []float64, y *float64, window *float64) int",
		"sumProductsAVX2 is sumProducts for a multiple of Fields products, and at least as many. It writes one place behind what it returns.")
	outside, cell, x, y, length := c.GP64(), c.GP64(), c.GP64(), c.GP64(), c.GP64()
	c.Load(c.Param("outside"), outside)
	c.Load(c.Param("cell"), cell)
	c.Load(c.Param("x").Base(), x)
	c.Load(c.Param("x").Len(), length)
	c.Load(c.Param("y"), y)
	window := c.GP64()
	c.Load(c.Param("window"), window)
	split, least, most, magnitude := c.YMM(), c.YMM(), c.YMM(), c.YMM()
	for i, of := range []reg.VecVirtual{split, least, most} {
		c.VBROADCASTSD(operand.Mem{Base: window, Disp: floatBytes * i}, of)
	}
	c.VPCMPEQQ(magnitude, magnitude, magnitude)
	c.VPSRLQ(operand.U8(1), magnitude, magnitude)
	coarseSum, fineSum := c.YMM(), c.YMM()
	c.VMOVUPD(operand.Mem{Base: cell, Disp: coarse}, coarseSum)
	c.VMOVUPD(operand.Mem{Base: cell, Disp: fine}, fineSum)
	at, n := c.GP64(), c.GP64()
	c.XORQ(at, at)
	c.XORQ(n, n)
	product, within, below, mask := c.YMM(), c.YMM(), c.YMM(), c.GP32()

	c.Label("next")
	c.VMOVUPD(operand.Mem{Base: x, Index: at, Scale: floatBytes}, product)
	c.VMULPD(operand.Mem{Base: y, Index: at, Scale: floatBytes}, product, product)
	c.VANDPD(product, magnitude, below)
	c.VCMPPD(geFloat, least, below, within)
	c.VCMPPD(leFloat, most, below, below)
	c.VANDPD(below, within, within)
	c.VMOVMSKPD(within, mask)
	c.CMPL(mask, operand.U8(wholeMask))
	c.JNE(operand.LabelRef("apart"))
	c.Label("add")
	high := c.YMM()
	c.VADDPD(split, product, high)
	c.VSUBPD(split, high, high)
	c.VSUBPD(high, product, product)
	c.VADDPD(high, coarseSum, coarseSum)
	c.VADDPD(product, fineSum, fineSum)
	c.ADDQ(operand.U8(fields), at)
	c.CMPQ(at, length)
	c.JNE(operand.LabelRef("next"))
	c.VMOVUPD(coarseSum, operand.Mem{Base: cell, Disp: coarse})
	c.VMOVUPD(fineSum, operand.Mem{Base: cell, Disp: fine})
	c.VZEROUPPER()
	c.Store(n, c.ReturnIndex(0))
	c.RET()

	c.Label("apart")
	c.Comment("what is neither taken nor 0 is outside")
	zero := c.YMM()
	c.VXORPD(zero, zero, zero)
	c.VCMPPD(notEqualFloat, zero, product, zero)
	c.VANDNPD(zero, within, zero)
	c.VMOVMSKPD(zero, mask)
	c.VANDPD(within, product, product)
	for lane := range fields {
		place := c.GP64()
		c.LEAQ(operand.Mem{Base: at, Disp: lane}, place)
		c.MOVW(place.As16(), operand.Mem{Base: outside, Index: n, Scale: 2})
		c.SHRL(operand.U8(1), mask)
		c.ADCQ(operand.U8(0), n)
	}
	c.JMP(operand.LabelRef("add"))
}

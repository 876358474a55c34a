package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	orderedFloat = operand.U8(0x07) // ORD_Q: neither side is what is not a number
	meansShift   = 5                // Means have 32 bytes
	leastOffset  = 8 * fields       // in a Spread
	mostOffset   = 16 * fields
	squareLanes  = operand.U8(0b1010)
)

func writeDeviation(c *build.Context) { sumDeviations(c) }

// sumDeviations keeps the deviations of a row in lanes 0 and 2 and the squares in lanes 1
// and 3.
func sumDeviations(c *build.Context) {
	begin(c, "sumDeviationsAVX2", "func(skipped *uint16, cells *float64, columns *[]float64, means *float64, spread *float64, rows []uint16, groups []uint32) int",
		"sumDeviationsAVX2 is sumDeviations for a multiple of Accumulators rows, and at least as many. It writes one place behind what it returns.")
	const accumulators = 1 << accumulatorsShift
	skipped, cells, means, rows, groups, left := c.GP64(), c.GP64(), c.GP64(), c.GP64(), c.GP64(), c.GP64()
	c.Load(c.Param("skipped"), skipped)
	c.Load(c.Param("cells"), cells)
	c.Load(c.Param("means"), means)
	c.Load(c.Param("rows").Base(), rows)
	c.Load(c.Param("rows").Len(), left)
	c.Load(c.Param("groups").Base(), groups)
	columns, spread := c.GP64(), c.GP64()
	c.Load(c.Param("columns"), columns)
	c.Load(c.Param("spread"), spread)
	var values [2]reg.GPVirtual
	for f := range values {
		values[f] = c.GP64()
		c.MOVQ(operand.Mem{Base: columns, Disp: f * sliceBytes}, values[f])
	}
	split, least, most := c.YMM(), c.YMM(), c.YMM()
	c.VMOVUPD(operand.Mem{Base: spread}, split)
	c.VMOVUPD(operand.Mem{Base: spread, Disp: leastOffset}, least)
	c.VMOVUPD(operand.Mem{Base: spread, Disp: mostOffset}, most)
	at, n := c.GP64(), c.GP64()
	c.XORQ(at, at)
	c.XORQ(n, n)
	c.Label("next")
	for accumulator := range accumulators {
		c.Comment(fmt.Sprintf("row %d", accumulator))
		row, group, mean := c.GP64(), c.GP64(), c.GP64()
		c.MOVWQZX(operand.Mem{Base: rows, Disp: 2 * accumulator}, row)
		c.MOVL(operand.Mem{Base: groups, Disp: 4 * accumulator}, group.As32())
		c.MOVQ(group, mean)
		c.SHLQ(operand.U8(meansShift), mean)
		c.SHLQ(operand.U8(floatShift+accumulatorsShift), group)
		low, high := c.XMM(), c.XMM()
		c.VMOVDDUP(operand.Mem{Base: values[0], Index: row, Scale: 8}, low)
		c.VMOVDDUP(operand.Mem{Base: values[1], Index: row, Scale: 8}, high)
		d, squares := low.AsY(), c.YMM()
		c.VINSERTF128(operand.U8(1), high, d, d)
		c.VSUBPD(operand.Mem{Base: means, Index: mean, Scale: 1}, d, d)
		c.VMULPD(d, d, squares)
		within, out := c.YMM(), c.YMM()
		c.VCMPPD(geFloat, least, squares, within)
		c.VCMPPD(leFloat, most, squares, out)
		c.VANDPD(out, within, within)
		c.VCMPPD(orderedFloat, squares, squares, out)
		c.VANDNPD(out, within, out)
		outside := c.GP32()
		c.VMOVMSKPD(out, outside)
		c.MOVW(at.As16(), operand.Mem{Base: skipped, Index: n, Scale: 2})
		c.CMPL(outside, operand.U8(1))
		c.SBBQ(operand.I8(-1), n)
		c.INCQ(at)
		c.VBLENDPD(squareLanes, squares, d, d)
		c.VANDPD(within, d, d)
		cell := operand.Mem{Base: cells, Index: group, Scale: 1, Disp: accumulator << floatShift}
		addSplit(c, d, split, cell)
	}
	c.ADDQ(operand.U8(2*accumulators), rows)
	c.ADDQ(operand.U8(4*accumulators), groups)
	c.SUBQ(operand.U8(accumulators), left)
	c.JNZ(operand.LabelRef("next"))
	c.VZEROUPPER()
	c.Store(n, c.ReturnIndex(0))
	c.RET()
}

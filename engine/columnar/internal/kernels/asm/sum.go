package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// How a Cell and a slice lie in memory.
const (
	fields     = 4
	coarse     = 0
	fine       = 8 * fields
	cellShift  = 6 // 64 bytes
	lanesShift = 2 // 4 lanes
	sliceBytes = 24
)

func writeSum(c *build.Context) {
	sumFloats(c, "sumFloats", false)
	sumFloats(c, "sumFloatsInLanes", true)
}

// sumFloats gathers a row's values of all fields in one register, so that each
// step does for all four.
func sumFloats(c *build.Context, name string, inLanes bool) {
	const lanes = 1 << lanesShift
	begin(c, name+"AVX2", "func(cells *float64, columns *[]float64, split *float64, rows []uint16, groups []uint32)",
		name+"AVX2 is "+name+" for a multiple of Lanes rows, and at least as many.")
	shift := cellShift
	if inLanes {
		shift += lanesShift
	}
	cells, rows, groups, left := c.GP64(), c.GP64(), c.GP64(), c.GP64()
	c.Load(c.Param("cells"), cells)
	c.Load(c.Param("rows").Base(), rows)
	c.Load(c.Param("rows").Len(), left)
	c.Load(c.Param("groups").Base(), groups)
	columns, split := c.GP64(), c.YMM()
	c.Load(c.Param("split"), columns)
	c.VMOVUPD(operand.Mem{Base: columns}, split)
	c.Load(c.Param("columns"), columns)
	var values [fields]reg.GPVirtual
	for f := range values {
		values[f] = c.GP64()
		c.MOVQ(operand.Mem{Base: columns, Disp: f * sliceBytes}, values[f])
	}
	c.Label("next")
	for lane := range lanes {
		c.Comment(fmt.Sprintf("row %d", lane))
		row, group := c.GP64(), c.GP64()
		c.MOVWQZX(operand.Mem{Base: rows, Disp: 2 * lane}, row)
		c.MOVL(operand.Mem{Base: groups, Disp: 4 * lane}, group.As32())
		c.SHLQ(operand.U8(shift), group)
		x := gather(c, values, row)
		cell := operand.Mem{Base: cells, Index: group, Scale: 1}
		if inLanes {
			cell.Disp = lane << cellShift
		}
		high := c.YMM()
		c.VADDPD(split, x, high)
		c.VSUBPD(split, high, high)
		c.VSUBPD(high, x, x)
		c.VADDPD(cell.Offset(coarse), high, high)
		c.VMOVUPD(high, cell.Offset(coarse))
		c.VADDPD(cell.Offset(fine), x, x)
		c.VMOVUPD(x, cell.Offset(fine))
	}
	c.ADDQ(operand.U8(2*lanes), rows)
	c.ADDQ(operand.U8(4*lanes), groups)
	c.SUBQ(operand.U8(lanes), left)
	c.JNZ(operand.LabelRef("next"))
	c.VZEROUPPER()
	c.RET()
}

// gather loads a row's value of each column.
func gather(c *build.Context, values [fields]reg.GPVirtual, row reg.GPVirtual) reg.VecVirtual {
	at := func(f int) operand.Mem { return operand.Mem{Base: values[f], Index: row, Scale: 8} }
	low, high := c.XMM(), c.XMM()
	c.VMOVSD(at(0), low)
	c.VMOVHPD(at(1), low, low)
	c.VMOVSD(at(2), high)
	c.VMOVHPD(at(3), high, high)
	c.VINSERTF128(operand.U8(1), high, low.AsY(), low.AsY())
	return low.AsY().(reg.VecVirtual)
}

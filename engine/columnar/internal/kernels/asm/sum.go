package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// How cells and slices lie in memory.
const (
	fields            = 4
	sliceBytes        = 24
	accumulatorsShift = 2          // 4 accumulators
	coarse            = 0          // in a Cell
	fine              = 8 * fields // in a Cell
	floatShift        = 6          // a Cell has 64 bytes
	intShift          = 5          // an IntCell has 32 bytes
)

func writeSum(c *build.Context) {
	for _, interleaved := range []bool{false, true} {
		sumFloats(c, interleaved)
		sumInts(c, interleaved)
	}
}

func sumFloats(c *build.Context, interleaved bool) {
	name := sumName("sumFloats", interleaved)
	begin(c, name+"AVX2", "func(cells *float64, columns *[]float64, split *float64, rows []uint16, groups []uint32)",
		name+"AVX2 is "+name+" for a multiple of Accumulators rows, and at least as many.")
	from, split := c.GP64(), c.YMM()
	c.Load(c.Param("split"), from)
	c.VMOVUPD(operand.Mem{Base: from}, split)
	eachRow(c, floatShift, interleaved, func(x reg.VecVirtual, cell operand.Mem) {
		addSplit(c, x, split, cell)
	})
}

// addSplit adds the coarse and the fine parts of x to a cell.
func addSplit(c *build.Context, x, split reg.Register, cell operand.Mem) {
	high := c.YMM()
	c.VADDPD(split, x, high)
	c.VSUBPD(split, high, high)
	c.VSUBPD(high, x, x)
	c.VADDPD(cell.Offset(coarse), high, high)
	c.VMOVUPD(high, cell.Offset(coarse))
	c.VADDPD(cell.Offset(fine), x, x)
	c.VMOVUPD(x, cell.Offset(fine))
}

func sumInts(c *build.Context, interleaved bool) {
	name := sumName("sumInts", interleaved)
	begin(c, name+"AVX2", "func(cells *int64, columns *[]int64, rows []uint16, groups []uint32)",
		name+"AVX2 is "+name+" for a multiple of Accumulators rows, and at least as many.")
	eachRow(c, intShift, interleaved, func(x reg.VecVirtual, cell operand.Mem) {
		c.VPADDQ(cell, x, x)
		c.VMOVDQU(x, cell)
	})
}

func sumName(name string, interleaved bool) string {
	if interleaved {
		return name + "Interleaved"
	}
	return name
}

// eachRow gathers each row's values of all columns in one register, so that
// each step of body does for all of them, and finds the cell that they go to.
func eachRow(c *build.Context, cellShift int, interleaved bool, body func(x reg.VecVirtual, cell operand.Mem)) {
	const accumulators = 1 << accumulatorsShift
	groupShift := cellShift
	if interleaved {
		groupShift += accumulatorsShift
	}
	cells, rows, groups, left := c.GP64(), c.GP64(), c.GP64(), c.GP64()
	c.Load(c.Param("cells"), cells)
	c.Load(c.Param("rows").Base(), rows)
	c.Load(c.Param("rows").Len(), left)
	c.Load(c.Param("groups").Base(), groups)
	columns := c.GP64()
	c.Load(c.Param("columns"), columns)
	var values [fields]reg.GPVirtual
	for f := range values {
		values[f] = c.GP64()
		c.MOVQ(operand.Mem{Base: columns, Disp: f * sliceBytes}, values[f])
	}
	c.Label("next")
	for accumulator := range accumulators {
		c.Comment(fmt.Sprintf("row %d", accumulator))
		row, group := c.GP64(), c.GP64()
		c.MOVWQZX(operand.Mem{Base: rows, Disp: 2 * accumulator}, row)
		c.MOVL(operand.Mem{Base: groups, Disp: 4 * accumulator}, group.As32())
		c.SHLQ(operand.U8(groupShift), group)
		cell := operand.Mem{Base: cells, Index: group, Scale: 1}
		if interleaved {
			cell.Disp = accumulator << cellShift
		}
		body(gather(c, values, row), cell)
	}
	c.ADDQ(operand.U8(2*accumulators), rows)
	c.ADDQ(operand.U8(4*accumulators), groups)
	c.SUBQ(operand.U8(accumulators), left)
	c.JNZ(operand.LabelRef("next"))
	c.VZEROUPPER()
	c.RET()
}

// gather loads a row's value of each column, whatever its type.
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

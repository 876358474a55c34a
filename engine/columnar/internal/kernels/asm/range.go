package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Predicates of the comparing instructions. Those of floating point are false
// where a side is not a number, and raise nothing.
const (
	geFloat = operand.U8(0x1d) // GE_OQ
	leFloat = operand.U8(0x12) // LE_OQ
	eqFloat = operand.U8(0x00) // EQ_OQ
)

// bounded is a type that a range kernel compares.
type bounded struct {
	name string // of the kernel
	typ  string // Go's
	size int    // bytes of a value
	// spread puts a value into all lanes.
	spread func(c *build.Context, value, to operand.Op)
	// compare has a bit of bits for each of v's values: 1 for those within the
	// bounds or, if inverted, for those without.
	compare  func(c *build.Context, v, low, high reg.VecVirtual, bits reg.GPVirtual)
	inverted bool
}

var boundedTypes = []bounded{
	{
		name: "rangeFloats", typ: "float64", size: 8,
		spread: func(c *build.Context, value, to operand.Op) { c.VBROADCASTSD(value, to) },
		compare: func(c *build.Context, v, low, high reg.VecVirtual, bits reg.GPVirtual) {
			above := c.YMM()
			c.VCMPPD(geFloat, low, v, above)
			c.VCMPPD(leFloat, high, v, v)
			c.VANDPD(above, v, v)
			c.VMOVMSKPD(v, bits.As32())
		},
	},
	{
		name: "rangeInts", typ: "int64", size: 8,
		spread: func(c *build.Context, value, to operand.Op) { c.VPBROADCASTQ(value, to) },
		// AVX2 has no other comparison than greater.
		compare: func(c *build.Context, v, low, high reg.VecVirtual, bits reg.GPVirtual) {
			below := c.YMM()
			c.VPCMPGTQ(v, low, below)
			c.VPCMPGTQ(high, v, v)
			c.VPOR(below, v, v)
			c.VMOVMSKPD(v, bits.As32())
		},
		inverted: true,
	},
	{
		name: "rangeCodes", typ: "uint32", size: 4,
		spread: func(c *build.Context, value, to operand.Op) { c.VPBROADCASTD(value, to) },
		// Nor does it have an unsigned one: what lies within is its own
		// maximum with low and its own minimum with high.
		compare: func(c *build.Context, v, low, high reg.VecVirtual, bits reg.GPVirtual) {
			within := c.YMM()
			c.VPMAXUD(low, v, within)
			c.VPMINUD(high, within, within)
			c.VPCMPEQD(v, within, within)
			c.VMOVMSKPS(within, bits.As32())
		},
	},
	{
		name: "rangeBytes", typ: "uint8", size: 1,
		spread: func(c *build.Context, value, to operand.Op) { c.VPBROADCASTB(value, to) },
		compare: func(c *build.Context, v, low, high reg.VecVirtual, bits reg.GPVirtual) {
			within := c.YMM()
			c.VPMAXUB(low, v, within)
			c.VPMINUB(high, within, within)
			c.VPCMPEQB(v, within, within)
			c.VPMOVMSKB(within, bits.As32())
		},
	},
}

func writeRange(c *build.Context) {
	for i := range boundedTypes {
		rangeAVX2(c, &boundedTypes[i])
	}
}

func (t *bounded) signature() string {
	return "func(selected []uint64, values []" + t.typ + ", low, high " + t.typ + ")"
}

// bound loads a parameter into all lanes.
func (t *bounded) bound(c *build.Context, parameter string, to operand.Op) {
	from, err := c.Param(parameter).Resolve()
	if err != nil {
		panic(err) // the signature has it
	}
	bits, one := c.GP64(), c.XMM()
	switch t.size {
	case 8:
		c.MOVQ(from.Addr, bits)
	case 4:
		c.MOVL(from.Addr, bits.As32())
	case 1:
		c.MOVBLZX(from.Addr, bits.As32())
	}
	c.VMOVQ(bits, one)
	t.spread(c, one, to)
}

// eachWord runs body for each word of selected that is not 0, with the place
// of its values, and ANDs body's word to it.
func eachWord(c *build.Context, size int, body func(values operand.Mem, word reg.GPVirtual)) {
	selected, values, words := c.GP64(), c.GP64(), c.GP64()
	c.Load(c.Param("selected").Base(), selected)
	c.Load(c.Param("selected").Len(), words)
	c.Load(c.Param("values").Base(), values)
	c.TESTQ(words, words)
	c.JZ(operand.LabelRef("done"))
	c.Label("word")
	c.CMPQ(operand.Mem{Base: selected}, operand.U8(0))
	c.JE(operand.LabelRef("next"))
	word := c.GP64()
	body(operand.Mem{Base: values}, word)
	c.ANDQ(word, operand.Mem{Base: selected})
	c.Label("next")
	c.ADDQ(operand.U8(8), selected)
	c.ADDQ(operand.U32(64*size), values)
	c.DECQ(words)
	c.JNZ(operand.LabelRef("word"))
	c.Label("done")
	c.VZEROUPPER()
	c.RET()
}

func rangeAVX2(c *build.Context, t *bounded) {
	begin(c, t.name+"AVX2", t.signature(), t.name+"AVX2 is "+t.name+" for whole words.")
	low, high := c.YMM(), c.YMM()
	t.bound(c, "low", low)
	t.bound(c, "high", high)
	lanes := 32 / t.size
	eachWord(c, t.size, func(values operand.Mem, word reg.GPVirtual) {
		for first := 0; first < 64; first += lanes {
			v, bits := c.YMM(), c.GP64()
			c.VMOVDQU(values.Offset(first*t.size), v)
			t.compare(c, v, low, high, bits)
			if first == 0 {
				c.MOVQ(bits, word)
				continue
			}
			c.SHLQ(operand.U8(first), bits)
			c.ORQ(bits, word)
		}
		if t.inverted {
			c.NOTQ(word)
		}
	})
}

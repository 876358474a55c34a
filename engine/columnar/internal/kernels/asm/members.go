package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// numeric is a type that sets compare.
type numeric struct {
	name, typ string
	// spread puts a member into all lanes.
	spread func(c *build.Context, member operand.Mem, to reg.VecVirtual)
	// equal fills the lanes of the values that are the member.
	equal func(c *build.Context, member, v, lanes reg.VecVirtual)
}

var numericTypes = []numeric{
	{
		name: "inFloats", typ: "float64",
		spread: func(c *build.Context, member operand.Mem, to reg.VecVirtual) { c.VBROADCASTSD(member, to) },
		equal:  func(c *build.Context, member, v, lanes reg.VecVirtual) { c.VCMPPD(eqFloat, member, v, lanes) },
	},
	{
		name: "inInts", typ: "int64",
		spread: func(c *build.Context, member operand.Mem, to reg.VecVirtual) { c.VPBROADCASTQ(member, to) },
		equal:  func(c *build.Context, member, v, lanes reg.VecVirtual) { c.VPCMPEQQ(member, v, lanes) },
	},
}

func writeMembers(c *build.Context) {
	for i := range numericTypes {
		membersAVX2(c, &numericTypes[i])
	}
}

// eachMember runs body for each member, of which there is at least one.
func eachMember(c *build.Context, label string, members, count reg.GPVirtual, body func(member operand.Mem)) {
	at, left := c.GP64(), c.GP64()
	c.MOVQ(members, at)
	c.MOVQ(count, left)
	c.Label(label)
	body(operand.Mem{Base: at})
	c.ADDQ(operand.U8(8), at)
	c.DECQ(left)
	c.JNZ(operand.LabelRef(label))
}

func membersAVX2(c *build.Context, t *numeric) {
	begin(c, t.name+"AVX2", "func(selected []uint64, values, members []"+t.typ+")", t.name+"AVX2 is in for whole words and at least one member.")
	members, count := c.GP64(), c.GP64()
	c.Load(c.Param("members").Base(), members)
	c.Load(c.Param("members").Len(), count)
	eachWord(c, 8, func(values operand.Mem, word reg.GPVirtual) {
		for quarter := range 4 {
			var v, found [4]reg.VecVirtual
			for i := range v {
				v[i], found[i] = c.YMM(), c.YMM()
				c.VMOVDQU(values.Offset(128*quarter+32*i), v[i])
				c.VPXOR(found[i], found[i], found[i])
			}
			eachMember(c, []string{"first", "second", "third", "fourth"}[quarter], members, count, func(member operand.Mem) {
				lanes, equal := c.YMM(), c.YMM()
				t.spread(c, member, lanes)
				for i := range v {
					t.equal(c, lanes, v[i], equal)
					c.VPOR(equal, found[i], found[i])
				}
			})
			for i := range found {
				at := 16*quarter + 4*i
				bits := c.GP64()
				c.VMOVMSKPD(found[i], bits.As32())
				if at == 0 {
					c.MOVQ(bits, word)
					continue
				}
				c.SHLQ(operand.U8(at), bits)
				c.ORQ(bits, word)
			}
		}
	})
}

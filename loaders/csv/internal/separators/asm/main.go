// Command asm writes the assembly of package separators for amd64, and the Go
// declaration of its function, into the folder it is given:
//
//	go run . ..
//
// It is a module of its own, so that avo, which assembles, is no dependency of
// Herbarium.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run . FOLDER")
		os.Exit(2)
	}
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// generate writes the two files.
func generate(folder string) error {
	c := build.NewContext()
	c.ConstraintExpr("amd64")
	writeFind(c)
	file, err := c.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return err
	}
	config := printer.Config{Name: "asm/main.go", Pkg: "separators"}
	for suffix, p := range map[string]printer.Printer{".s": printer.NewGoAsm(config), ".go": printer.NewStubs(config)} {
		text, err := p.Print(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, "find_amd64"+suffix), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// atOnce is how many places are written before it is looked whether there are so
// many: as simdjson does, since what is written in vain costs less than a branch
// that is predicted wrongly.
const atOnce = 8

// writeFind compares 64 bytes with the two separators, which makes a mask of 64
// bits, and writes the places of its bits from the lowest on.
func writeFind(c *build.Context) {
	c.Function("findAVX2")
	c.Attributes(attr.NOSPLIT)
	c.SignatureExpr("func(dst []uint32, text []byte, delimiter byte, base uint32) (n, read int)")
	c.Doc("findAVX2 is find for the whole runs of 64 bytes of text, of which there is one, as long", "as dst has room for 64 places. It writes to all of these.")
	c.Pragma("noescape")
	dst, room, text, left := c.GP64(), c.GP64(), c.GP64(), c.GP64()
	c.Load(c.Param("dst").Base(), dst)
	c.Load(c.Param("dst").Len(), room)
	c.Load(c.Param("text").Base(), text)
	c.Load(c.Param("text").Len(), left)
	start, begin, end := c.GP64(), c.GP64(), c.GP64()
	c.MOVQ(dst, start)
	c.MOVQ(text, begin)
	// The last place of dst from which on there is room for a run.
	c.LEAQ(operand.Mem{Base: dst, Index: room, Scale: 4, Disp: -4 * 64}, end)
	place := c.GP32()
	c.Load(c.Param("base"), place)
	delimiter, newline := broadcast(c, func(to reg.GPVirtual) { c.Load(c.Param("delimiter"), to) }), broadcast(c, func(to reg.GPVirtual) { c.MOVL(operand.U32('\n'), to) })

	c.Label("run")
	mask, upper := c.GP64(), c.GP64()
	maskOf(c, operand.Mem{Base: text}, delimiter, newline, mask)
	maskOf(c, operand.Mem{Base: text, Disp: 32}, delimiter, newline, upper)
	c.SHLQ(operand.U8(32), upper)
	c.ORQ(upper, mask)
	count, to := c.GP64(), c.GP64()
	c.POPCNTQ(mask, count)
	c.MOVQ(dst, to)
	c.Label("places")
	for i := range atOnce {
		bit := c.GP64()
		c.TZCNTQ(mask, bit)
		c.ADDL(place, bit.As32())
		c.MOVL(bit.As32(), operand.Mem{Base: to, Disp: 4 * i})
		c.BLSRQ(mask, mask)
	}
	c.ADDQ(operand.U8(4*atOnce), to)
	c.TESTQ(mask, mask)
	c.JNZ(operand.LabelRef("places"))
	c.LEAQ(operand.Mem{Base: dst, Index: count, Scale: 4}, dst)
	c.ADDL(operand.U8(64), place)
	c.ADDQ(operand.U8(64), text)
	c.SUBQ(operand.U8(64), left)
	c.CMPQ(left, operand.U8(64))
	c.JLT(operand.LabelRef("done"))
	c.CMPQ(dst, end)
	c.JLE(operand.LabelRef("run"))

	c.Label("done")
	c.SUBQ(start, dst)
	c.SHRQ(operand.U8(2), dst)
	c.Store(dst, c.ReturnIndex(0))
	c.SUBQ(begin, text)
	c.Store(text, c.ReturnIndex(1))
	c.VZEROUPPER()
	c.RET()
}

// broadcast returns a register all of whose bytes are the one that load gives.
func broadcast(c *build.Context, load func(to reg.GPVirtual)) reg.VecVirtual {
	one, all := c.GP32(), c.YMM()
	load(one)
	c.VMOVD(one, all.AsX())
	c.VPBROADCASTB(all.AsX(), all)
	return all
}

// maskOf sets the bits of mask whose bytes are one of the separators.
func maskOf(c *build.Context, text operand.Mem, delimiter, newline reg.VecVirtual, mask reg.GPVirtual) {
	bytes, found := c.YMM(), c.YMM()
	c.VMOVDQU(text, bytes)
	c.VPCMPEQB(delimiter, bytes, found)
	c.VPCMPEQB(newline, bytes, bytes)
	c.VPOR(bytes, found, found)
	c.VPMOVMSKB(found, mask.As32())
}

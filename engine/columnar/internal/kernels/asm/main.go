// Command asm writes the kernels' assembly for amd64, and the Go declarations
// of its functions, into the folder it is given:
//
//	go run . ..
//
// It is a module of its own, so that avo, which assembles, is no dependency of
// Herbarium. Each file here has one family of kernels, and writes one.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// families are the files to write, NAME_amd64.s and NAME_amd64.go.
var families = []struct {
	name  string
	write func(*build.Context)
}{
	{"range", writeRange},
	{"members", writeMembers},
	{"codes", writeCodes},
	{"bitmap", writeBitmap},
	{"sum", writeSum},
	{"deviation", writeDeviation},
	{"product", writeProduct},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run . FOLDER")
		os.Exit(2)
	}
	for _, f := range families {
		if err := generate(os.Args[1], f.name, f.write); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", f.name, err)
			os.Exit(1)
		}
	}
}

// generate writes a family's two files.
func generate(folder, name string, write func(*build.Context)) error {
	c := build.NewContext()
	c.ConstraintExpr("amd64")
	write(c)
	file, err := c.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return err
	}
	config := printer.Config{Name: "asm/" + name + ".go", Pkg: "kernels"}
	for suffix, p := range map[string]printer.Printer{".s": printer.NewGoAsm(config), ".go": printer.NewStubs(config)} {
		text, err := p.Print(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name+"_amd64"+suffix), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// begin starts a function that calls nothing and keeps no pointer.
func begin(c *build.Context, name, signature, doc string) {
	c.Function(name)
	c.Attributes(attr.NOSPLIT)
	c.SignatureExpr(signature)
	c.Doc(doc)
	c.Pragma("noescape")
}

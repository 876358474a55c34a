package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"herbarium/loaders"
	"herbarium/loaders/frictionless"
	"herbarium/loaders/infer"
	"herbarium/schemas"
)

// A Data Package, where infer is given one: it says which files have the rows, and
// what is in them.

// described returns the files to infer from. If the first is a Data Package, they are
// those that it names, or those behind it, and the options get what it says.
func (f *inferFlags) described(p *program, files []string, options *loaders.InferOptions) ([]string, error) {
	text, err := f.packageText(files[0])
	if err != nil {
		return nil, err
	}
	if text == nil {
		if f.resource != "" {
			return nil, usage("--resource: %s is no Data Package, so it has no resources", files[0])
		}
		options.Data = dataOf(files)
		return files, nil
	}
	of, folder := files[0], filepath.Dir(files[0])
	resource, name, err := f.readPackage(text, folder, len(files) > 1)
	if err != nil {
		return nil, p.badPackage(of, err)
	}
	options.Described = resource
	if options.Dataset == "" && name != "" {
		options.Dataset = infer.DatasetName(strings.ReplaceAll(name, ".", "_"))
	}
	switch {
	case len(files) > 1:
		options.Data, files = dataOf(files[1:]), files[1:]
	case len(resource.Paths) == 0:
		options.Data = []string{filepath.Base(files[0])}
	default:
		options.Data, files = resource.Paths, nil
		for _, path := range resource.Paths {
			file := filepath.Join(folder, filepath.FromSlash(path))
			if _, err := os.Stat(file); err != nil && !strings.ContainsAny(file, "*?[") {
				return nil, p.badPackage(of, &frictionless.Error{Faults: []frictionless.Fault{{Pointer: resource.Pointer + "/path", Detail: "there is no file " + file}}})
			}
			files = append(files, file)
		}
	}
	options.Rows = resource.Rows
	options.Sheet = cmp.Or(options.Sheet, resource.Sheet)
	return files, nil
}

// packageText returns the text of a Data Package; nil if the file is none.
func (f *inferFlags) packageText(file string) ([]byte, error) {
	if file == "-" || f.source.rows != "" || f.source.format != "" {
		return nil, nil
	}
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return nil, nil // which the reader of the data says
	}
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	head := make([]byte, 512)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, nil // it is empty, or the reader of the data says it
	}
	if head = bytes.TrimLeft(head[:n], "\ufeff \t\r\n"); !bytes.HasPrefix(head, []byte("{")) || info.Size() > frictionless.MaxSize {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if !frictionless.Looks(file, text) {
		return nil, nil
	}
	return text, nil
}

// readPackage reads the resource that is asked for, and returns a name for the
// dataset.
func (f *inferFlags) readPackage(text []byte, folder string, elsewhere bool) (*frictionless.Resource, string, error) {
	pack, err := frictionless.Parse(text)
	if err != nil {
		return nil, "", err
	}
	resource, err := pack.Resource(f.resource, elsewhere, func(path string) ([]byte, error) {
		file := filepath.Join(folder, filepath.FromSlash(path))
		if info, err := os.Stat(file); err == nil && info.Size() > frictionless.MaxSize {
			return nil, fmt.Errorf("%s has more than %d bytes", path, frictionless.MaxSize)
		}
		return os.ReadFile(file)
	})
	if err != nil {
		return nil, "", err
	}
	name := resource.Name
	if len(resource.Others) == 0 && pack.Name != "" || name == "" {
		name = pack.Name
	}
	return resource, name, nil
}

// badPackage says what is wrong in a package.
func (p *program) badPackage(file string, err error) error {
	var wrong *frictionless.Error
	var syntax *schemas.SyntaxError
	switch {
	case errors.As(err, &wrong):
		for _, fault := range wrong.Faults {
			printLine(p.err, "%s#%s: %s", file, fault.Pointer, fault.Detail)
		}
	case errors.As(err, &syntax):
		printLine(p.err, "%s:%d:%d: %s", file, syntax.Line, syntax.Column, syntax.Detail)
	default:
		return err
	}
	printLine(p.err, "herbarium infer: the Data Package %s cannot be described", file)
	return &silentError{exitData}
}

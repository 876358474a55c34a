package loaders_test

import (
	"strings"
	"testing"

	"herbarium/loaders"
)

// TestTextInOtherLanguages names what each of its lines could be a row of.
func TestTextInOtherLanguages(t *testing.T) {
	for in, want := range map[string]string{
		"INSERT INTO \"t\"(a,b) VALUES(1,'x,y');\nINSERT INTO \"t\"(a,b) VALUES(2,'z');\n":    "this is SQL,",
		"-- MySQL dump 10.13\n--\n\n/*!40101 SET NAMES utf8 */;\nDROP TABLE IF EXISTS `t`;\n": "this is SQL,",
		"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t(a,b);\n":                "this is SQL,",
		"callback([{\"a\":1}])\n":                     "this is JavaScript around JSON",
		"var data = [{\"a\":1},{\"a\":2}];\n":         "this is JavaScript around JSON",
		"window.YTD.tweets.part0 = [ {\n\"a\": 1}]\n": "this is JavaScript around JSON",
		"- a: 1\n  b: 2\n- a: 3\n  b: 4\n":            "this is YAML;",
		"---\nname: x\nrows: 2\n":                     "this is YAML;",
		"a\x1fb\x1e1\x1f2\x1e3\x1f4\x1e":              "rows end in the character 0x1E here",
	} {
		_, err := loaders.Infer(t.Context(), []loaders.Source{text("t.txt", in)}, loaders.InferOptions{})
		if err == nil || !strings.Contains(err.Error(), "t.txt:1:1: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
	for in, want := range map[string]string{
		"create,table\n1,2\n":          `[1,2]`,
		"insert_into,b\nx,1\n":         `["x",1]`,
		"begin,end\n1,2\n":             `[1,2]`,
		"set,piece\n1,2\n":             `[1,2]`,
		"f(x),g(x)\n1,2\n":             `[1,2]`,
		"- item,n\n- a,1\n- b,2\n":     `["- a",1] ["- b",2]`,
		"var,value\nx,1\n":             `["x",1]`,
		"a\x1fb\n1\x1f2\n":             `[1,2]`,
		"name(\"x\"),n\nA,1\nB,2\n":    `["A",1] ["B",2]`,
		"id,sql\n1,INSERT INTO t\n":    `[1,"INSERT INTO t"]`,
		"key: value,n\nx: y,1\n":       `["x: y",1]`,
		"mean(x)[1],n\n1.5,2\n2.5,3\n": `[1.5,2] [2.5,3]`,
	} {
		if _, rows := inferAndLoad(t, "t.csv", in, loaders.InferOptions{}); strings.Join(rows, " ") != want {
			t.Errorf("%q: got %s", in, rows)
		}
	}
}

package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"herbarium": func() { os.Exit(mainCode()) }})
}

// TestScripts runs testdata/script: each calls the command as people do.
// Scripts that begin with [mongodb] need the server that
// HERBARIUM_TEST_MONGODB names.
func TestScripts(t *testing.T) {
	uri := os.Getenv("HERBARIUM_TEST_MONGODB")
	if uri == "" {
		t.Log("HERBARIUM_TEST_MONGODB names no server; scripts that need one are skipped")
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		Setup:         func(env *testscript.Env) error { return setUp(env, uri) },
		Condition:     condition(uri),
		Cmds:          commands(),
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
	})
}

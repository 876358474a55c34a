package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/loaders"
)

func quietProgram() *program {
	return &program{in: strings.NewReader(""), out: io.Discard, err: io.Discard, lookup: func(string) (string, bool) { return "", false },
		lowerPriority: func(int) error { return nil }}
}

func TestEveryCommandTeachesByExample(t *testing.T) {
	root := quietProgram().root()
	for _, cmd := range append(root.Commands(), root) {
		if !strings.Contains(cmd.Long, "\n  herbarium "+strings.TrimPrefix(cmd.CommandPath(), "herbarium ")) && cmd != root {
			t.Errorf("%s --help has no example", cmd.CommandPath())
		}
		if cmd.Long == "" {
			t.Errorf("%s has no help", cmd.CommandPath())
		}
	}
}

func TestEveryFlagHasAVariableOfItsName(t *testing.T) {
	for _, cmd := range quietProgram().root().Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			want := "HERBARIUM_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
			if got := f.Annotations[variableOf]; len(got) != 1 || got[0] != want || !strings.Contains(f.Usage, want) {
				t.Errorf("%s --%s has the variable %v", cmd.Name(), f.Name, got)
			}
		})
	}
}

func TestEveryFlagForATextSaysWhatItTakes(t *testing.T) {
	for _, cmd := range quietProgram().root().Commands() {
		for _, cmd := range append(cmd.Commands(), cmd) {
			cmd.Flags().VisitAll(func(f *pflag.Flag) {
				if kind, _ := pflag.UnquoteUsage(f); kind == "string" || kind == "strings" {
					t.Errorf("%s --%s takes a %s, says its help", cmd.CommandPath(), f.Name, kind)
				}
			})
		}
	}
}

func TestExamplesInHelpAreCallsThatParse(t *testing.T) {
	for _, cmd := range quietProgram().root().Commands() {
		for _, line := range strings.Split(cmd.Long, "\n") {
			line, ok := strings.CutPrefix(line, "  herbarium ")
			if !ok || strings.HasSuffix(line, `\`) {
				continue
			}
			args := strings.Fields(strings.NewReplacer("'", "").Replace(line))
			root := quietProgram().root()
			found, rest, err := root.Find(args)
			if err != nil || found == root {
				t.Errorf("herbarium %s: %v", line, err)
				continue
			}
			if err := parseOnly(found, rest); err != nil {
				t.Errorf("herbarium %s: %v", line, err)
			}
		}
	}
}

// parseOnly reads a call's flags, up to where a shell would take over.
func parseOnly(cmd *cobra.Command, args []string) error {
	for i, a := range args {
		if a == "<" || a == "||" {
			args = args[:i]
			break
		}
	}
	return cmd.ParseFlags(args)
}

func TestExitCodes(t *testing.T) {
	known := func(code fault.Code) error { return fmt.Errorf("query: %w", &fault.Error{Code: code}) }
	for _, c := range []struct {
		name string
		err  error
		want int
	}{
		{"nothing wrong", nil, 0},
		{"wrong usage", usage("no"), 2},
		{"a wrong descriptor", fmt.Errorf("open: %w", &datasets.DescriptorError{}), 2},
		{"a wrong query", known(fault.InvalidQuery), 2},
		{"no JSON", known(fault.MalformedQuery), 2},
		{"an unknown dataset", known(fault.UnknownDataset), 2},
		{"an unknown operation", known(fault.UnknownOperation), 2},
		{"no data named", fmt.Errorf("load: %w", loaders.ErrNoData), 2},
		{"an upsert without a key", fmt.Errorf("load: %w", loaders.ErrNoKey), 2},
		{"wrong data", fmt.Errorf("load: %w", &loaders.DataError{}), 3},
		{"rows not loaded", known(fault.NotLoaded), 1},
		{"another load", known(fault.LoadRunning), 1},
		{"the store is away", known(fault.StoreUnavailable), 1},
		{"a failure of ours", known(fault.Internal), 1},
		{"interrupted", context.Canceled, 1},
		{"any other failure", errors.New("disk full"), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := exitCode(c.err); got != c.want {
				t.Errorf("exit code %d, want %d", got, c.want)
			}
		})
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		text  string
		bytes size
		shown string
	}{
		{"0", 0, "0"}, {"512", 512, "512B"}, {"64MiB", 64 << 20, "64MiB"}, {"1GB", 1e9, "1GB"}, {"1 kib", 1024, "1KiB"},
		{"1500000", 1_500_000, "1500kB"}, {"8TiB", 8 << 40, "8TiB"},
	} {
		var s size
		if err := s.Set(c.text); err != nil || s != c.bytes || s.String() != c.shown {
			t.Errorf("%s: %d, %s, %v", c.text, s, s.String(), err)
		}
	}
	for _, text := range []string{"", "-1", "MiB", "1.5GB", "1XB", "9999999TiB", "1e3"} {
		var s size
		if err := s.Set(text); err == nil {
			t.Errorf("%q is taken as %d", text, s)
		}
	}
}

func TestVersionSaysWhatTheBuildWasMadeOf(t *testing.T) {
	info := &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123abc"}, {Key: "vcs.modified", Value: "true"}, {Key: "GOAMD64", Value: "v3"}}}
	for i, want := range []string{"herbarium v1.2.3", "commit    0123abc, with changes", "go        go", "cpu       GOAMD64=v3, "} {
		if got := strings.Split(describeBuild(info), "\n")[i]; !strings.HasPrefix(got, want) {
			t.Errorf("line %d is %q, want %q", i, got, want)
		}
	}
	if got := describeBuild(info); !regexp.MustCompile(`, kernels (avx512|avx2|portable)\n$`).MatchString(got) {
		t.Errorf("%q does not end with the kernels' name", got)
	}
}

func TestFlagsForNumbersSayWhatTheyTake(t *testing.T) {
	for flag, want := range map[string]string{
		"--mongodb-pool=-1":                    `--mongodb-pool takes a whole number of 0 or more, not "-1"`,
		"--mongodb-pool=99999999999999999999":  `--mongodb-pool takes a whole number of 0 or more that fits 64 bits, not "99999999999999999999"`,
		"--max-running=1.5":                    `--max-running takes a whole number, not "1.5"`,
		"--max-in-flight=99999999999999999999": `--max-in-flight takes a whole number that fits 64 bits, not "99999999999999999999"`,
		"--timeout=30":                         `--timeout takes a duration such as 90s, 5m or 1h30m, not "30"`,
		"--log-sample=all":                     `--log-sample takes a number such as 0.25, not "all"`,
		"--h2c=maybe":                          `--h2c takes true or false, not "maybe"`,
	} {
		var said strings.Builder
		p := quietProgram()
		p.err = &said
		if code := p.run(t.Context(), []string{"serve", flag}); code != exitUsage || !strings.HasPrefix(said.String(), "herbarium serve: "+want+"\n") {
			t.Errorf("%s: %d, %s", flag, code, said.String())
		}
	}
	for _, cmd := range quietProgram().root().Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			err := setFlag(cmd.Flags(), f, "x")
			if err != nil && (strings.Contains(err.Error(), "strconv") || strings.Contains(err.Error(), "time:")) {
				t.Errorf("%s --%s says: %v", cmd.Name(), f.Name, err)
			}
		})
	}
}

// TestNegativeNumbersAreRefused gives each flag of each command -1, or -1s. The commands end
// before they do anything, since their context has ended.
func TestNegativeNumbersAreRefused(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	arguments := map[string][]string{"load": {"iris"}, "query": {"iris"}, "bench": {"iris"}, "describe": {"iris"}, "versions": {"iris"},
		"rollback": {"iris", "x"}, "diff": {"iris", "x"}, "infer": {"x.csv"}, "check": {}, "serve": {"--addr", "127.0.0.1:0"}, "mcp": {}, "health": {}}
	for _, cmd := range quietProgram().root().Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			value, ok := map[string]string{"int": "-1", "uint64": "-1", "float64": "-1", "duration": "-1s", "size": "-1"}[f.Value.Type()]
			if !ok {
				return
			}
			var said strings.Builder
			p := quietProgram()
			p.err = &said
			args := append([]string{cmd.Name(), "--" + f.Name + "=" + value}, arguments[cmd.Name()]...)
			if code := p.run(ctx, args); code != exitUsage || !strings.Contains(said.String(), "--"+f.Name) && !strings.Contains(said.String(), `for "--`) {
				t.Errorf("%v: %d, %s", args, code, said.String())
			}
		})
	}
}

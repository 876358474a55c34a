package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"herbarium/engine/columnar"
)

func (p *program) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show which build this is",
		Long:  help("version"),
		Args:  arguments(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(p.out, describeBuild(buildInfo()))
			return err
		},
	}
}

func buildInfo() *debug.BuildInfo {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info
	}
	return &debug.BuildInfo{}
}

// moduleVersion returns the version of a build, "(devel)" if it is of no tag.
func moduleVersion(info *debug.BuildInfo) string { return cmp.Or(info.Main.Version, "(devel)") }

// revision returns the commit of a build, "unknown" if it is of none.
func revision(info *debug.BuildInfo) string {
	commit, changed := "unknown", false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}
	if changed {
		commit += ", with changes"
	}
	return commit
}

// describeBuild describes the binary. The version is the module's, which the go
// command takes from the tag of the commit.
func describeBuild(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	commit := revision(info)
	// The level that the compiler was allowed; kernels go by the CPU that they
	// run on.
	level := "baseline"
	for _, key := range []string{"GOAMD64", "GOARM64"} {
		if settings[key] != "" {
			level = key + "=" + settings[key]
		}
	}
	return fmt.Sprintf("herbarium %s\ncommit    %s\ngo        %s %s/%s\ncpu       %s, %d cores, kernels %s\n",
		moduleVersion(info), commit, runtime.Version(), runtime.GOOS, runtime.GOARCH, level, runtime.GOMAXPROCS(0), columnar.Kernels())
}

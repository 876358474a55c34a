package main

import (
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

// man writes the manual pages. It is for those who package the command, so help does
// not list it.
func (p *program) man() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write the manual pages into a folder",
		Long:   help("man"),
		Hidden: true,
		Args:   arguments(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			root := p.root()
			root.InitDefaultCompletionCmd("completion")
			asMarkdown(root)
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			// The date is that of SOURCE_DATE_EPOCH, else today.
			return doc.GenManTree(root, &doc.GenManHeader{Title: "HERBARIUM", Section: "1", Source: "Herbarium " + moduleVersion(buildInfo()), Manual: "Herbarium"}, args[0])
		},
	}
}

// special are the characters that Markdown would take for markup.
var special = regexp.MustCompile("[\\\\`*_<>\\[\\]]")

// asMarkdown writes the help of a command and of those below it as the Markdown that
// package doc reads. It must not be used for anything else after.
func asMarkdown(cmd *cobra.Command) {
	cmd.DisableAutoGenTag = true
	cmd.Short, cmd.Long = escaped(cmd.Short), examplesMarked(cmd.Long)
	cmd.Flags().VisitAll(func(f *pflag.Flag) { f.Usage = escaped(f.Usage) })
	for _, below := range cmd.Commands() {
		asMarkdown(below)
	}
}

// escaped returns text in which nothing is markup. The backquotes around the name of a
// flag's value stay: pflag takes them out.
func escaped(text string) string {
	return special.ReplaceAllStringFunc(text, func(c string) string {
		if c == "`" {
			return c
		}
		return `\` + c
	})
}

// examplesMarked marks lines that are indented as code.
func examplesMarked(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if code, ok := strings.CutPrefix(line, "  "); ok {
			lines[i] = "    " + code
		} else {
			lines[i] = escaped(line)
		}
	}
	return strings.Join(lines, "\n")
}

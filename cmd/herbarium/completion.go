package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"herbarium/api/auth"
	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine/mirror"
	"herbarium/loaders"
)

// Shells complete commands and flags by asking the command itself, for which cobra has
// the hidden command __complete; herbarium completion SHELL prints the script that
// does so. Here are the words of arguments and of flags' values.

// wordsOf are the values of flags that take one of a few words, by the flag's name.
var wordsOf = map[string][]string{
	"enums":        {"auto", "off"},
	"input-format": inputFormats(),
	"log-format":   {"auto", "text", "logfmt", "json"},
	"log-level":    {"debug", "info", "warn", "error"},
	"mirror":       {string(mirror.Auto), string(mirror.All), mirrorOff},
	"mode":         {"replace", "append", "upsert"},
	"on-error":     {"fail", "skip"},
}

// inputFormats are the formats of files.
func inputFormats() (names []string) {
	for _, f := range loaders.Formats() {
		names = append(names, string(f))
	}
	return names
}

// completeArguments completes the arguments of all commands, and the values of their
// flags.
func (p *program) completeArguments(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "query":
			cmd.ValidArgsFunction = p.completeQuery
		case "load":
			cmd.ValidArgsFunction = p.completeDatasetAndFiles
		case "describe", "bench", "versions", "rollback", "diff":
			cmd.ValidArgsFunction = p.completeDataset
		case "infer":
		case "key":
			p.completeKeys(cmd)
		default:
			cmd.ValidArgsFunction = cobra.NoFileCompletions
		}
		answers := cmd.Name() == "query"
		cmd.Flags().VisitAll(func(f *pflag.Flag) { _ = cmd.RegisterFlagCompletionFunc(f.Name, completeValue(f, answers)) })
	}
}

// completeKeys completes the arguments of the commands on keys.
func (p *program) completeKeys(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
		if cmd.Name() == "revoke" {
			cmd.ValidArgsFunction = p.completeKey
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			complete := completeValue(f, false)
			if f.Name == "scope" {
				complete = p.completeScope
			}
			_ = cmd.RegisterFlagCompletionFunc(f.Name, complete)
		})
	}
}

// completeKey completes the name of a key of the auth file.
func (p *program) completeKey(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 || p.applyVariables(cmd.Flags()) != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	file, err := auth.ReadFile(cmd.Flag("auth").Value.String())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp // for the call itself to say
	}
	var names []cobra.Completion
	for i := range file.Keys {
		names = append(names, file.Keys[i].Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeScope completes a scope: a dataset, and then one of its operations.
func (p *program) completeScope(cmd *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	snapshot := p.completedFolder(cmd)
	name, _, named := strings.Cut(begun, ":")
	var found []cobra.Completion
	if !named {
		for _, name := range append(slices.Clone(snapshot.Names()), "*") {
			found = append(found, name+":")
		}
		return found, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	}
	operations := datasets.OperationNames()
	if ds, ok := snapshot.Dataset(name); ok {
		operations = ds.OperationNames()
	}
	for _, operation := range append(slices.Clone(operations), "*") {
		found = append(found, name+":"+operation)
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

// completeValue completes the values of a flag: its words, folders, or files if its
// help says that it takes one. answers says that the command writes an answer, not a list.
func completeValue(f *pflag.Flag, answers bool) cobra.CompletionFunc {
	kind, _ := pflag.UnquoteUsage(f)
	words := wordsOf[f.Name]
	switch {
	case f.Name == "format" && answers:
		words = formatNames()
	case f.Name == "format":
		words = listFormats
	}
	switch {
	case words != nil:
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	case f.Name == "store":
		return completeStore
	case kind == "DIR":
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
	case kind == "FILE":
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
	}
	return cobra.NoFileCompletions
}

// completeStore completes the kind of a store.
func completeStore(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if strings.Contains(begun, ":") {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return []cobra.Completion{"mem:", "file:", "mongodb://", "mongodb+srv://"}, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

// completeDataset completes the name of a dataset of the folder.
func (p *program) completeDataset(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	snapshot := p.completedFolder(cmd)
	for _, name := range snapshot.Names() {
		ds, _ := snapshot.Dataset(name)
		names = append(names, cobra.CompletionWithDesc(name, format.Visible(ds.Title)))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeDatasetAndFiles completes a dataset, and then files.
func (p *program) completeDatasetAndFiles(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return p.completeDataset(cmd, args, begun)
}

// completeQuery completes a dataset, and then one of its operations.
func (p *program) completeQuery(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return p.completeDataset(cmd, args, begun)
	}
	ds, ok := p.completedFolder(cmd).Dataset(args[0])
	if len(args) > 1 || !ok {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, name := range ds.OperationNames() {
		op, _ := ds.Operation(name)
		names = append(names, cobra.CompletionWithDesc(name, format.Visible(op.WordsFor(ds).Summary)))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completedFolder returns the datasets of the call that is being completed. What is
// wrong with them is for the call itself to say.
func (p *program) completedFolder(cmd *cobra.Command) *datasets.Snapshot {
	if err := p.applyVariables(cmd.Flags()); err != nil {
		return datasets.NewSnapshot()
	}
	folder := folderFlag{dir: cmd.Flag("datasets").Value.String()}
	snapshot, err := folder.open()
	if err != nil {
		return datasets.NewSnapshot()
	}
	return snapshot
}

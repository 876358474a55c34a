package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"herbarium/api/status"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/schemas"
)

// listFormats are the formats of lists.
var listFormats = []string{"table", "json"}

// listFormat returns the format that a flag asks for: people get a table, programs JSON.
func listFormat(asked string, out io.Writer) (string, error) {
	switch {
	case asked == "" && terminal(out):
		return "table", nil
	case asked == "":
		return "json", nil
	}
	return asked, checkListFormat(asked)
}

// checkListFormat refuses a name that is none of listFormats.
func checkListFormat(name string) error {
	if !slices.Contains(listFormats, name) {
		return usage("there is no format %q%s; there is %s", name, schemas.DidYouMean(name, listFormats), strings.Join(listFormats, ", "))
	}
	return nil
}

// versionsFlags are the flags of versions.
type versionsFlags struct {
	dataFlags
	format string
}

func (p *program) versions() *cobra.Command {
	var f versionsFlags
	cmd := &cobra.Command{
		Use:   "versions DATASET",
		Short: "List the versions that a store keeps of a dataset",
		Long:  help("versions"),
		Args:  arguments(cobra.ExactArgs(1)),
		RunE:  func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), p, args[0]) },
	}
	flags := cmd.Flags()
	f.add(flags)
	flags.Var(checkedText{&f.format, checkListFormat}, "format", "`FORMAT` of the list: table or json (default: table on a terminal, else json)")
	return cmd
}

func (f *versionsFlags) run(ctx context.Context, p *program, name string) error {
	format, err := listFormat(f.format, p.out)
	if err != nil {
		return err
	}
	ds, store, done, err := f.openKept(ctx, p, name)
	if err != nil {
		return err
	}
	defer done()
	list, err := store.Versions(ctx, ds)
	if err != nil {
		return f.hints().complete(ds.Name, err)
	}
	if format == "json" {
		return writeJSON(p.out, status.VersionsOf(ds, list))
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	printLine(w, "VERSION\tROWS\tPUBLISHED\tLABEL\tKEPT")
	for i := range list.Kept {
		v := &list.Kept[i]
		printLine(w, "%s\t%d\t%s\t%s\t%s", v.Version, v.Rows, shortTime(v.Published), v.Label, keptText(v))
	}
	for i := range list.OtherFields {
		v := &list.OtherFields[i]
		printLine(w, "%s\t%d\t%s\t%s\t%s; not readable: other fields than the descriptor", v.Version, v.Rows, shortTime(v.Published), v.Label, keptText(v))
	}
	return w.Flush()
}

func shortTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// keptText says in a few words how long a version is kept.
func keptText(v *engine.VersionInfo) string {
	rule := v.Keep.String()
	switch {
	case v.Current && !v.Until.IsZero(): // what replaced it has other fields
		return "current, until " + shortTime(v.Until)
	case v.Current && rule == "":
		return "current"
	case v.Current:
		return "current; then " + ruleText(v.Keep)
	case !v.Until.IsZero():
		return "until " + shortTime(v.Until)
	default:
		return ruleText(v.Keep)
	}
}

// ruleText writes a rule for people.
func ruleText(k engine.Keep) string {
	var parts []string
	if k.Forever {
		return "forever"
	}
	if k.Versions > 0 {
		parts = append(parts, count(int64(k.Versions), "newer version"))
	}
	if k.For > 0 {
		parts = append(parts, engine.Keep{For: k.For}.String())
	}
	if parts == nil {
		return "as others"
	}
	return strings.Join(parts, " and ")
}

// rollbackFlags are the flags of rollback.
type rollbackFlags struct {
	dataFlags
	quiet bool
}

func (p *program) rollback() *cobra.Command {
	var f rollbackFlags
	cmd := &cobra.Command{
		Use:   "rollback DATASET VERSION",
		Short: "Make an older version of a dataset the current one",
		Long:  help("rollback"),
		Args:  arguments(cobra.ExactArgs(2)),
		RunE:  func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), p, args[0], args[1]) },
	}
	flags := cmd.Flags()
	f.add(flags)
	f.store.keep = defaultKeep
	flags.Var((*keepFlag)(&f.store.keep), "keep", "how long the replaced version stays readable at the least, whatever it says itself")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print nothing if all goes well")
	return cmd
}

func (f *rollbackFlags) run(ctx context.Context, p *program, name, text string) error {
	ds, store, done, err := f.openKept(ctx, p, name)
	if err != nil {
		return err
	}
	defer done()
	version, err := f.version(ctx, store, ds, text)
	if err != nil {
		return err
	}
	v, err := store.Rollback(ctx, ds, version)
	if err != nil {
		return f.hints().complete(ds.Name, err)
	}
	if !f.quiet {
		label := ""
		if v.Label != "" {
			label = fmt.Sprintf(" (%s)", v.Label)
		}
		printLine(p.err, "%s: version %s%s is the current one again, with %s", ds.Name, v.Version, label, count(v.Rows, "row"))
	}
	return nil
}

// version returns the version that an argument names: by its name, which may name a
// descriptor, too, or by a label that no other kept version has.
func (f *dataFlags) version(ctx context.Context, store engine.Target, ds *datasets.Dataset, text string) (string, error) {
	if datasets.IsVersion(text) {
		version, _, _ := strings.Cut(text, ".")
		return version, nil
	}
	list, err := store.Versions(ctx, ds)
	if err != nil {
		return "", f.hints().complete(ds.Name, err)
	}
	var named, labels []string
	for _, v := range slices.Concat(list.Kept, list.OtherFields) {
		if v.Label == text {
			named = append(named, v.Version)
		}
		labels = append(labels, v.Label)
	}
	switch len(named) {
	case 0:
		return "", usage("no version of %s that is kept has the name or the label %q%s; herbarium versions lists them", ds.Name, text, schemas.DidYouMean(text, labels))
	case 1:
		return named[0], nil
	default:
		return "", usage("%d versions of %s have the label %q; give the name of one: %s", len(named), ds.Name, text, strings.Join(named, ", "))
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"herbarium/api/auth"
	"herbarium/schemas"
)

// keyFlags are the flags of the commands on keys.
type keyFlags struct {
	auth    authFlag
	folder  folderFlag
	scopes  []string
	expires string
	json    bool
}

func (p *program) key() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make, list and revoke API keys",
		Long:  help("key"),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return usage("there is no command %q%s", "key "+args[0], schemas.DidYouMean(args[0], commandNames(cmd)))
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.newKey(), p.listKeys(), p.revokeKey())
	for _, c := range cmd.Commands() {
		nameVariables(c.Flags())
	}
	return cmd
}

func (p *program) newKey() *cobra.Command {
	var f keyFlags
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Make a key, print it once and add its entry to the auth file",
		Long:  help("key_new"),
		Args:  arguments(cobra.ExactArgs(1)),
		RunE:  func(cmd *cobra.Command, args []string) error { return f.new(cmd.Context(), p, args[0]) },
	}
	flags := cmd.Flags()
	f.auth.add(flags, "it is made if there is none")
	f.folder.add(flags)
	flags.StringSliceVar(&f.scopes, "scope", nil, "`DATASET:OPERATION` that the key may ask for, where * is every one; may be given several times")
	flags.StringVar(&f.expires, "expires", "", "`WHEN` the key ends: after a number of days such as 90d, or at the end of a day such as 2027-06-30 (UTC); without it, never")
	return cmd
}

func (p *program) listKeys() *cobra.Command {
	var f keyFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the keys of the auth file",
		Long:  help("key_list"),
		Args:  arguments(cobra.NoArgs),
		RunE:  func(*cobra.Command, []string) error { return f.list(p) },
	}
	f.auth.add(cmd.Flags(), "required")
	cmd.Flags().BoolVar(&f.json, "json", false, "write the keys as JSON")
	return cmd
}

func (p *program) revokeKey() *cobra.Command {
	var f keyFlags
	cmd := &cobra.Command{
		Use:   "revoke NAME",
		Short: "Remove a key from the auth file",
		Long:  help("key_revoke"),
		Args:  arguments(cobra.ExactArgs(1)),
		RunE:  func(cmd *cobra.Command, args []string) error { return f.revoke(cmd.Context(), p, args[0]) },
	}
	f.auth.add(cmd.Flags(), "required")
	return cmd
}

// required returns what is wrong if no file is named.
func (f *keyFlags) required() error {
	if f.auth.path == "" {
		return usage("name the auth file with --auth FILE")
	}
	return nil
}

func (f *keyFlags) new(ctx context.Context, p *program, name string) error {
	if err := f.required(); err != nil {
		return err
	}
	if !auth.ValidKeyName(name) {
		return usage("a key's name has 1 to 64 letters, digits, dots, dashes and underscores, and begins with a letter or a digit, unlike %q", name)
	}
	if len(f.scopes) == 0 {
		return usage("say what the key may ask for, such as --scope DATASET:range, or --scope '*' for everything")
	}
	key, digest := auth.NewKey()
	entry := auth.Key{Name: name, Digest: digest}
	for _, text := range f.scopes {
		scope, ok := auth.ParseScope(text)
		if !ok {
			return usage("a scope is DATASET:OPERATION, such as walks:range, where * is every one, or * alone, not %q", text)
		}
		entry.Scopes = append(entry.Scopes, scope)
	}
	var err error
	if entry.Expires, err = expiry(f.expires, time.Now()); err != nil {
		return err
	}
	edited, err := auth.AddKey(ctx, f.auth.path, entry, f.fits)
	if err != nil {
		return fileError(err)
	}
	printLine(p.out, "%s", key)
	printLine(p.err, "The key %s is in %s. It is shown this once; send it as Authorization: Bearer or X-API-Key.", name, f.auth.path)
	f.printUnmade(p, edited)
	return nil
}

// printUnmade says that the file names keys that are yet to be made.
func (f *keyFlags) printUnmade(p *program, edited auth.Edited) {
	if len(edited.Unmade) > 0 {
		printLine(p.err, "Policies or limits of %s name keys that are not made yet: %s. No server takes the file until they are.", filepath.Clean(f.auth.path), strings.Join(edited.Unmade, ", "))
	}
}

// fits checks the file against the datasets, if there is a folder of them: an entry
// that does not fit would make the server refuse the file.
func (f *keyFlags) fits(file *auth.File) error {
	if f.folder.place() == "" {
		return nil
	}
	snapshot, err := f.folder.open()
	if err != nil {
		return err
	}
	return file.Check(snapshot)
}

// expiry returns when a key ends that is to end after a number of days, or at the end
// of a day.
func expiry(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= 36500 {
			return auth.EndOf(now.UTC().AddDate(0, 0, n).Format(time.DateOnly))
		}
	}
	end, err := auth.EndOf(text)
	switch {
	case err != nil:
		return time.Time{}, usage("--expires takes a number of days such as 90d, or a day such as 2027-06-30, not %q", text)
	case !now.Before(end):
		return time.Time{}, usage("--expires %s is in the past", text)
	}
	return end, nil
}

// listedKey is a key as key list --json shows it.
type listedKey struct {
	Name    string   `json:"name"`
	Scopes  []string `json:"scopes"`
	Expires string   `json:"expires,omitempty"`
	Expired bool     `json:"expired"`
}

func (f *keyFlags) list(p *program) error {
	if err := f.required(); err != nil {
		return err
	}
	file, err := auth.ReadFile(f.auth.path)
	if err != nil {
		return fileError(err)
	}
	keys := []listedKey{}
	for i := range file.Keys {
		k := &file.Keys[i]
		one := listedKey{Name: k.Name, Expires: k.ExpiresOn(), Expired: k.Expired(time.Now())}
		for _, s := range k.Scopes {
			one.Scopes = append(one.Scopes, s.String())
		}
		keys = append(keys, one)
	}
	if f.json {
		return writeJSON(p.out, keys)
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "NAME\tEXPIRES\tSCOPES")
	for _, k := range keys {
		expires := k.Expires
		switch {
		case k.Expired:
			expires += " (expired)"
		case expires == "":
			expires = "never"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", k.Name, expires, strings.Join(k.Scopes, " "))
	}
	return w.Flush()
}

func (f *keyFlags) revoke(ctx context.Context, p *program, name string) error {
	if err := f.required(); err != nil {
		return err
	}
	edited, err := auth.RevokeKey(ctx, f.auth.path, name)
	if err != nil {
		return fileError(err)
	}
	what := "The key " + name + " is no longer in " + filepath.Clean(f.auth.path)
	if edited.Ended {
		what = "The key " + name + " has expired in " + filepath.Clean(f.auth.path) + ": its entry stays, since policies or limits name it"
	}
	if len(edited.Unmade) == 0 {
		printLine(p.err, "%s. A server that follows the file refuses it within seconds.", what)
		return nil
	}
	printLine(p.err, "%s.", what)
	f.printUnmade(p, edited)
	return nil
}

// fileError makes the errors of naming a file or a key wrongly those of wrong usage.
func fileError(err error) error {
	var unknown *auth.NoKeyError
	var taken *auth.TakenError
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, &unknown) || errors.As(err, &taken) {
		return &usageError{err}
	}
	return err
}

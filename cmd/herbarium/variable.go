package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"herbarium/schemas"
)

// variableOf is the annotation that holds the name of a flag's variable.
const variableOf = "variable"

// nameVariables gives each flag an environment variable, such as
// HERBARIUM_MAX_BODY for --max-body, and mentions it in the flag's help.
func nameVariables(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		name := "HERBARIUM_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		f.Usage += " (" + name + ")"
		if f.Annotations == nil {
			f.Annotations = map[string][]string{}
		}
		f.Annotations[variableOf] = []string{name}
	})
}

// applyVariables sets the flags that were not given from their variables. An
// empty variable counts as unset, since Compose files pass unset ones as empty.
func (p *program) applyVariables(flags *pflag.FlagSet) error {
	var faults []error
	flags.VisitAll(func(f *pflag.Flag) {
		names := f.Annotations[variableOf]
		if f.Changed || len(names) == 0 {
			return
		}
		value, _ := p.lookup(names[0])
		if value == "" {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			var invalid *pflag.InvalidValueError
			if errors.As(err, &invalid) {
				err = invalid.Unwrap()
			}
			faults = append(faults, fmt.Errorf("the variable %s is %q: %w", names[0], value, err))
		}
	})
	if faults != nil {
		return &usageError{errors.Join(faults...)}
	}
	return nil
}

// flagError turns an error in the flags into wrong usage, with a suggestion for
// an unknown flag.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return &usageError{err}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	hint := ""
	if name := schemas.Nearest(unknown.GetSpecifiedName(), names); name != "" {
		hint = " (did you mean --" + name + "?)"
	}
	return usage("there is no flag --%s%s", unknown.GetSpecifiedName(), hint)
}

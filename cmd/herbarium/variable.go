package main

import (
	"errors"
	"fmt"
	"strconv"
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
//
// A variable is one for all commands, while flags of the same name may take other values, as
// --keep of load and of serve. A value that this command's flag does not take is left aside
// if another command's does.
func (p *program) applyVariables(flags *pflag.FlagSet) error {
	given := map[string]bool{}
	flags.Visit(func(f *pflag.Flag) { given[f.Name] = true })
	var faults []error
	flags.VisitAll(func(f *pflag.Flag) {
		names := f.Annotations[variableOf]
		if len(names) == 0 || given[f.Name] || given[either[f.Name]] {
			return
		}
		value, _ := p.lookup(names[0])
		if value == "" {
			return
		}
		if err := setFlag(flags, f, value); err != nil && !p.isForAnother(f.Name, value) {
			faults = append(faults, fmt.Errorf("the variable %s is %q: %w", names[0], value, err))
		}
	})
	if faults != nil {
		return &usageError{errors.Join(faults...)}
	}
	return nil
}

// either names the flag in whose stead another one can be given: on the command line, either
// beats both variables.
var either = map[string]string{"store": "store-file", "store-file": "store"}

// setFlag sets a flag from the value of its variable.
func setFlag(flags *pflag.FlagSet, f *pflag.Flag, value string) error {
	if text, ok := f.Value.(checkedText); ok {
		if err := text.check(value); err != nil {
			return err
		}
	}
	err := flags.Set(f.Name, value)
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	if taken := takenBy(invalid); taken != "" {
		return errors.New("it takes " + taken)
	}
	return invalid.Unwrap()
}

// takenBy says what a flag of Go's own types takes, of which strconv and time would say what
// they failed to parse; "" for a flag that says so itself.
func takenBy(invalid *pflag.InvalidValueError) string {
	value := invalid.GetFlag().Value
	if _, own := value.(*keepFlag); own {
		return ""
	}
	taken := map[string]string{
		"int": "a whole number", "uint64": "a whole number of 0 or more", "float64": "a number such as 0.25",
		"duration": "a duration such as 90s, 5m or 1h30m", "bool": "true or false",
	}[value.Type()]
	if errors.Is(invalid, strconv.ErrRange) {
		taken += " that fits 64 bits"
	}
	return taken
}

// isForAnother reports whether a command has a flag of that name that takes the value.
func (p *program) isForAnother(name, value string) bool {
	for _, cmd := range p.root().Commands() { // which is made anew, since flags are set
		if f := cmd.Flags().Lookup(name); f != nil && setFlag(cmd.Flags(), f, value) == nil {
			return true
		}
	}
	return false
}

// flagError turns an error in the flags into wrong usage, with what a flag takes, and with a
// suggestion for an unknown flag.
func flagError(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		if taken := takenBy(invalid); taken != "" {
			return usage("--%s takes %s, not %q", invalid.GetFlag().Name, taken, invalid.GetValue())
		}
	}
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

// checkedText is a flag for a text, of which the command says itself what is wrong. Check
// says it of a variable.
type checkedText struct {
	text  *string
	check func(string) error
}

// String returns the text.
func (c checkedText) String() string { return *c.text }

// Set takes any text.
func (c checkedText) Set(text string) error {
	*c.text = text
	return nil
}

// Type names the flag's type for the help.
func (checkedText) Type() string { return "string" }

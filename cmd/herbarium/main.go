// Herbarium serves declared datasets as validated, documented query APIs.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"herbarium/schemas"
)

func main() {
	os.Exit(mainCode())
}

// mainCode runs the command until it ends or a signal stops it. A second signal
// ends the process immediately.
func mainCode() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	p := &program{in: os.Stdin, out: os.Stdout, err: os.Stderr, lookup: os.LookupEnv, lowerPriority: lowerPriority}
	return p.run(ctx, os.Args[1:])
}

// program is the environment of one run of the command.
type program struct {
	in     io.Reader
	out    io.Writer // results
	err    io.Writer // messages
	lookup func(variable string) (string, bool)
	// lowerPriority raises the nice value of the process.
	lowerPriority func(n int) error
}

// run runs the command that args name and returns its exit code.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil {
		report(p.err, cmd.CommandPath(), err)
	}
	return exitCode(err)
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "herbarium",
		Short:         "Serve declared datasets as query APIs",
		Long:          help("herbarium"),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return usage("there is no command %q%s", args[0], schemas.DidYouMean(args[0], commandNames(cmd)))
		},
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return p.applyVariables(cmd.Flags()) },
	}
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(p.serve(), p.infer(), p.load(), p.versions(), p.rollback(), p.diff(), p.query(), p.describe(), p.bench(), p.check(), p.key(), p.mcp(), p.health(), p.version(), p.man())
	for _, cmd := range root.Commands() {
		nameVariables(cmd.Flags())
	}
	p.completeArguments(root)
	return root
}

func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}

// arguments turns the errors of a check of arguments into wrong usage.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return &usageError{fmt.Errorf("%w; usage: %s", err, cmd.UseLine())}
		}
		return nil
	}
}

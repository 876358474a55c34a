package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/memory"
	"herbarium/engine/mongodb"
	"herbarium/loaders"
)

// storeFlags select the store of the rows.
type storeFlags struct {
	store   string
	file    string // that contains the store's name instead
	pool    uint64
	timeout time.Duration
	keep    time.Duration // how long a replaced version stays readable
	groups  int           // most groups of a query; 0: the store's own limit
	// observer returns what is told of MongoDB's commands; nil: nobody is.
	observer func() mongodb.Observer
	// budget is that of the command's memory; nil: no bound.
	budget *memory.Budget
}

// defaultKeep is how long a replaced version stays readable for those who page through it.
const defaultKeep = 5 * time.Minute

func (s *storeFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&s.store, "store", "", "`STORE` of the rows: mem: (the default), file:DIR, mongodb://HOST/DATABASE or mongodb+srv://HOST/DATABASE")
	flags.StringVar(&s.file, "store-file", "", "`FILE` that contains STORE, such as a container's secret")
	flags.Uint64Var(&s.pool, "mongodb-pool", 0, "maximum number of connections to each MongoDB server; 0: the URI's maxPoolSize, else 100")
	flags.DurationVar(&s.timeout, "mongodb-timeout", 0, "how long to look for a MongoDB server and to connect to it; 0: the URI's options, else 2s and 5s")
}

// addGroups adds the flag of commands that answer queries.
func (s *storeFlags) addGroups(flags *pflag.FlagSet) {
	flags.IntVar(&s.groups, "max-groups", 1_000_000, "most groups that a query may make; more are refused with 422; 0: 1000000")
}

// resolve checks the flags, and reads --store-file.
func (s *storeFlags) resolve() error {
	switch {
	case s.groups < 0:
		return usage("--max-groups must not be negative, as %d is", s.groups)
	case s.timeout < 0:
		return usage("--mongodb-timeout must not be negative, as %v is", s.timeout)
	}
	if s.file == "" {
		return nil
	}
	if s.store != "" {
		return usage("--store and --store-file both name a store; give one of them")
	}
	text, err := os.ReadFile(s.file)
	if err != nil {
		return usage("--store-file: %w", err)
	}
	if s.store = strings.TrimSpace(string(text)); s.store == "" {
		return usage("--store-file: %s is empty", s.file)
	}
	return nil
}

// memory reports whether the rows are kept only in this process.
func (s *storeFlags) memory() bool { return s.store == "" || s.store == "mem:" }

// open returns the store. It connects to MongoDB, and opens files, when they are
// first needed.
func (s *storeFlags) open(logger *slog.Logger) (engine.Target, error) {
	if s.memory() {
		return columnar.NewStore(columnar.Options{Keep: s.keep, MaxGroups: s.groups, Memory: s.budget}), nil
	}
	kind, place, _ := strings.Cut(s.store, ":")
	switch kind {
	case "file":
		if place == "" || strings.HasPrefix(place, "//") {
			return nil, usage("file: takes a folder, as in file:rows or file:/var/lib/herbarium, not %q", s.store)
		}
		if columnar.IsCopiesFolder(place) {
			return nil, usage("%s holds the copies of a mirror (serve --mirror-dir), which is no store; give the store a folder of its own", s.store)
		}
		return columnar.Open(place, columnar.FileOptions{Keep: s.keep, MaxGroups: s.groups, Memory: s.budget, Logger: logger}), nil
	case "mongodb", "mongodb+srv":
	default:
		// Only the kind is shown: the rest may hold a password.
		return nil, usage("there is no store of the kind %q; there are mem:, file:DIR, mongodb://… and mongodb+srv://…", kind)
	}
	options := mongodb.Options{
		PoolSize: s.pool, SelectTimeout: s.timeout, ConnectTimeout: s.timeout, Keep: s.keep, MaxGroups: s.groups, Logger: logger,
	}
	if s.observer != nil {
		options.Observer = s.observer()
	}
	store, err := mongodb.Open(s.store, options)
	if err != nil {
		return nil, &usageError{err}
	}
	return store, nil
}

// warnMissing logs that the folder of a file: store is not there.
func (s *storeFlags) warnMissing(logger *slog.Logger) {
	place, ok := strings.CutPrefix(s.store, "file:")
	if !ok {
		return
	}
	if _, err := os.Stat(place); err != nil {
		logger.Warn("the folder of the store cannot be read, so no dataset has rows; herbarium load creates it",
			"folder", place, "error", err.Error())
	}
}

// fill loads the dataset's own data, if the rows are kept only in this process.
func (s *storeFlags) fill(ctx context.Context, store engine.Target, ds *datasets.Dataset) error {
	if !s.memory() {
		return nil
	}
	_, err := loaders.Load(ctx, store, ds, nil, loaders.Options{})
	if errors.Is(err, loaders.ErrNoData) {
		return usage("the descriptor of %s names no data; name the store that has its rows with --store", ds.Name)
	}
	return err
}

// openStore returns the store of a command, and a function that closes it. The
// store logs warnings to standard error.
func (p *program) openStore(ctx context.Context, flags *storeFlags) (store engine.Target, done func(), err error) {
	logger := slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if store, err = flags.open(logger); err != nil {
		return nil, nil, err
	}
	return store, func() { closeStore(ctx, store, logger) }, nil
}

// closeTimeout is how long closing the store may take.
const closeTimeout = 5 * time.Second

// closeStore closes the store, even if ctx has ended.
func closeStore(ctx context.Context, store engine.Store, logger *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err := store.Close(ctx); err != nil {
		logger.Warn("the store was not closed cleanly", "error", err.Error())
	}
}

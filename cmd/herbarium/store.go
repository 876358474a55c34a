package main

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/mongodb"
)

// storeFlags say which store holds the rows.
type storeFlags struct {
	store   string
	file    string // holds the store's name instead
	pool    uint64
	timeout time.Duration
	keep    time.Duration // how long a version stays that was replaced
}

func (s *storeFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&s.store, "store", "", "`STORE` of the rows: mem: (the default), file:DIR, mongodb://HOST/DATABASE or mongodb+srv://HOST/DATABASE")
	flags.StringVar(&s.file, "store-file", "", "`FILE` that holds STORE, such as a secret that a container is given")
	flags.Uint64Var(&s.pool, "mongodb-pool", 0, "most connections to each MongoDB server; 0: the URI's maxPoolSize, else 100")
	flags.DurationVar(&s.timeout, "mongodb-timeout", 0, "how long to look for a MongoDB server, and to connect to it; 0: the URI's options, else 2s and 5s")
}

// resolve checks the flags, and reads the store's name from the file that holds
// it.
func (s *storeFlags) resolve() error {
	if s.keep < 0 {
		return usage("--keep is not below 0, unlike %s", s.keep)
	}
	if s.file == "" {
		return nil
	}
	if s.store != "" {
		return usage("--store and --store-file are two names of a store; give one")
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

// memory reports whether the rows live in this process and go with it.
func (s *storeFlags) memory() bool { return s.store == "" || s.store == "mem:" }

// open returns the store. MongoDB is not connected to, and no file opened,
// before it is needed.
func (s *storeFlags) open(logger *slog.Logger) (engine.Target, error) {
	if s.memory() {
		return columnar.NewStore(columnar.Options{Keep: s.keep}), nil
	}
	kind, place, _ := strings.Cut(s.store, ":")
	switch kind {
	case "file":
		if place == "" || strings.HasPrefix(place, "//") {
			return nil, usage("file: takes a folder, as in file:rows or file:/var/lib/herbarium, unlike %q", s.store)
		}
		return columnar.Open(place, columnar.FileOptions{Keep: s.keep, Logger: logger}), nil
	case "mongodb", "mongodb+srv":
	default:
		// Only the kind is shown: the rest may hold a password.
		return nil, usage("there is no store of the kind %q; there are mem:, file:DIR, mongodb://… and mongodb+srv://…", kind)
	}
	store, err := mongodb.Open(s.store, mongodb.Options{
		PoolSize: s.pool, SelectTimeout: s.timeout, ConnectTimeout: s.timeout, Keep: s.keep, Logger: logger,
	})
	if err != nil {
		return nil, &usageError{err}
	}
	return store, nil
}

// openStore returns the store of a command that ends, and what lets go of it.
// What goes wrong beside is told on standard error.
func (p *program) openStore(ctx context.Context, flags *storeFlags) (store engine.Target, done func(), err error) {
	logger := slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if store, err = flags.open(logger); err != nil {
		return nil, nil, err
	}
	return store, func() { closeStore(ctx, store, logger) }, nil
}

// closeTime bounds the letting go of the store.
const closeTime = 5 * time.Second

// closeStore closes the store, also where ctx has ended.
func closeStore(ctx context.Context, store engine.Store, logger *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	if err := store.Close(ctx); err != nil {
		logger.Warn("the store was not closed in order", "error", err.Error())
	}
}

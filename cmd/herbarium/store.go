package main

import (
	"log/slog"
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
	pool    uint64
	timeout time.Duration
	keep    time.Duration // of a load's; 0 leaves it to the store
}

func (s *storeFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&s.store, "store", "", "`STORE` of the rows: mem: (the default), mongodb://HOST/DATABASE or mongodb+srv://HOST/DATABASE")
	flags.Uint64Var(&s.pool, "mongodb-pool", 0, "most connections to each MongoDB server; 0: the URI's maxPoolSize, else 100")
	flags.DurationVar(&s.timeout, "mongodb-timeout", 0, "how long to look for a MongoDB server, and to connect to it; 0: the URI's options, else 2s and 5s")
}

// memory reports whether the rows live in this process and go with it.
func (s *storeFlags) memory() bool { return s.store == "" || s.store == "mem:" }

// open returns the store. MongoDB is not connected to before it is needed.
func (s *storeFlags) open(logger *slog.Logger) (engine.Target, error) {
	if s.memory() {
		return columnar.NewStore(), nil
	}
	kind, _, _ := strings.Cut(s.store, ":")
	if kind != "mongodb" && kind != "mongodb+srv" {
		// Only the kind is shown: the rest may hold a password.
		return nil, usage("there is no store of the kind %q; there are mem:, mongodb://… and mongodb+srv://…", kind)
	}
	store, err := mongodb.Open(s.store, mongodb.Options{
		PoolSize: s.pool, SelectTimeout: s.timeout, ConnectTimeout: s.timeout, Keep: s.keep, Logger: logger,
	})
	if err != nil {
		return nil, &usageError{err}
	}
	return store, nil
}

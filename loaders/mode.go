package loaders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
	"herbarium/loaders/decode"
)

// Mode says what becomes of the rows that a dataset has when others are
// loaded.
type Mode string

// The modes. Readers see all of a load or nothing in each.
const (
	Replace Mode = ""       // the sources' rows replace them
	Append  Mode = "append" // the sources' rows follow them
	// Upsert lets a row replace the one with the same key, in its place;
	// rows with new keys follow. Of several rows with one key the last wins.
	Upsert Mode = "upsert"
)

// ParseMode returns the mode called name.
func ParseMode(name string) (Mode, error) {
	switch name {
	case "replace":
		return Replace, nil
	case "append", "upsert":
		return Mode(name), nil
	}
	return "", fmt.Errorf("there is no mode %q; there are replace, append, upsert", name)
}

// ErrNoKey is the error of an upsert into a dataset without a key.
var ErrNoKey = errors.New("an upsert goes by the key, and the descriptor names none; write key: [FIELD, …]")

// begin directs the rows into the load, in the mode that the options name. The
// load keeps others from the dataset, so its rows stay the same until the load
// ends. end is to be called once all rows were read.
func (in *ingest) begin(ctx context.Context, store engine.Store, load engine.Load) (end func(context.Context) error, err error) {
	nothing := func(context.Context) error { return nil }
	switch in.options.Mode {
	case Append:
		in.write = load.Write
		return nothing, wrap(in.ds, "read what is loaded of", in.copyStored(ctx, store, load))
	case Upsert:
		if len(in.ds.Key) == 0 {
			return nil, fmt.Errorf("load %s: %w", in.ds.Name, ErrNoKey)
		}
		u := newUpsert(in.ds)
		in.write = u.add
		return func(ctx context.Context) error {
			defer func() { in.summary.Replaced, in.summary.Repeated = u.replaced, u.repeated }()
			if err := eachStored(ctx, store, in.ds, func(b *engine.Batch) error { return u.mergeStored(ctx, b, load) }); err != nil {
				return err
			}
			return u.appendNew(ctx, load)
		}, nil
	default:
		in.write = load.Write
		return nothing, nil
	}
}

// copyStored writes the rows that the dataset has, and remembers their keys.
func (in *ingest) copyStored(ctx context.Context, store engine.Store, load engine.Load) error {
	return eachStored(ctx, store, in.ds, func(b *engine.Batch) error {
		if in.keys != nil {
			in.keys.stored(b)
		}
		return load.Write(ctx, b)
	})
}

// eachStored calls each with the rows that the store has of the dataset, and not
// at all if it was never loaded. Rows that break the descriptor as it is now are
// refused, as they would be in a file.
func eachStored(ctx context.Context, store engine.Store, ds *datasets.Dataset, each func(*engine.Batch) error) error {
	table, err := store.Table(ctx, ds)
	if errors.Is(err, fault.ErrOtherFields) {
		return otherFieldsError()
	}
	if fault.CodeOf(err) == fault.NotLoaded {
		return nil
	}
	if err != nil {
		return err
	}
	if table.Info().OtherTypes {
		return otherFieldsError()
	}
	if table.Info().Unmanaged {
		return &fault.Error{Code: fault.InvalidData, Detail: "something else filled " + table.Info().Place + "; load with --mode replace, which publishes beside it"}
	}
	cursor, err := table.Run(ctx, plan.AllRows(ds))
	if err != nil {
		return err
	}
	for {
		b, err := cursor.Next(ctx)
		if err == io.EOF {
			return cursor.Close()
		}
		if err == nil {
			err = checkStored(ds, b)
		}
		if err == nil {
			err = each(b)
		}
		if err != nil {
			return errors.Join(err, cursor.Close())
		}
	}
}

// otherFieldsError refuses to add to rows of which values would be lost.
func otherFieldsError() error {
	return &fault.Error{Code: fault.InvalidData, Detail: "the rows that are loaded have other fields than the descriptor; load all anew with --mode replace"}
}

// checkStored says which rule of the descriptor is broken by rows that were loaded
// by an earlier one.
func checkStored(ds *datasets.Dataset, b *engine.Batch) error {
	for f := range ds.Fields {
		field, v := &ds.Fields[f], &b.Columns[f]
		allowed := func(int) bool { return true }
		if field.Enum != nil {
			ints := field.EnumInts()
			allowed = func(i int) bool {
				if ints != nil {
					return slices.Contains(ints, v.Ints[i])
				}
				return slices.Contains(field.Enum, v.Dict[v.Codes[i]])
			}
		}
		required := decode.Needed(ds, f) != ""
		if field.Enum == nil && (v.Valid == nil || !required) {
			continue
		}
		for i := range b.Rows {
			if null := v.Null(i); null && required || !null && !allowed(i) {
				return &fault.Error{Code: fault.InvalidData, Detail: "rows that are loaded already have values of " + field.Name + " that the descriptor does not allow; load all anew with --mode replace"}
			}
		}
	}
	return nil
}

package loaders

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"

	"herbarium/loaders/decode"
	"herbarium/loaders/source"
)

// maxAhead is how many parts at most are read ahead of the one that is written,
// so that memory stays bounded.
const maxAhead = 16

// run reads the source part by part and takes the results in the same order. A
// source of one part, as most are, is decoded here. Otherwise it is a pipeline:
// one goroutine reads parts, one for each core decodes them, and this one takes
// the results.
func (in *ingest) run(ctx context.Context, content *source.Content, r decode.Reader) error {
	first, err := r.Next(ctx)
	if err != nil {
		return ignoreEOF(err)
	}
	second, err := r.Next(ctx)
	if err != nil {
		d := &decode.Result{}
		in.checker().Check(first, d)
		if failed := in.take(ctx, d); failed != nil {
			return failed
		}
		return ignoreEOF(err)
	}
	return in.parallel(ctx, content, r, first, second)
}

// ignoreEOF returns nil for the end of a source.
func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// job is a part in the pipeline.
type job struct {
	part decode.Part
	err  error // that ended the reading, instead of a part
	done chan *decode.Result
}

func (in *ingest) parallel(ctx context.Context, content *source.Content, r decode.Reader, first ...decode.Part) error {
	ctx, cancel := context.WithCancel(ctx)
	workers := max(1, runtime.GOMAXPROCS(0))
	ahead := min(2*workers, maxAhead)
	queue, work := make(chan *job, ahead), make(chan *job, ahead)
	spare := make(chan *decode.Result, ahead+workers+1)
	var running sync.WaitGroup
	running.Go(func() {
		defer close(queue)
		defer close(work)
		cut(ctx, r, queue, work, first)
	})
	for range workers {
		c := in.checker()
		running.Go(func() { decodeAll(c, r, work, spare) })
	}
	err := in.takeAll(ctx, queue, spare)
	cancel()
	if err != nil {
		_ = content.Close() // this ends a blocked read; err says more
	}
	for range queue { // drop what is left
	}
	running.Wait()
	return err
}

// cut sends the source's parts to both channels until it ends.
func cut(ctx context.Context, r decode.Reader, queue, work chan<- *job, first []decode.Part) {
	for {
		j := &job{done: make(chan *decode.Result, 1)}
		if len(first) > 0 {
			j.part, first = first[0], first[1:]
		} else if j.part, j.err = r.Next(ctx); j.err != nil {
			j.part = nil
		}
		select {
		case queue <- j:
		case <-ctx.Done():
			return
		}
		if j.err != nil {
			return
		}
		select {
		case work <- j:
		case <-ctx.Done():
			close(j.done)
			return
		}
	}
}

// decodeAll decodes parts until there are no more.
func decodeAll(c *decode.Checker, r decode.Reader, work <-chan *job, spare <-chan *decode.Result) {
	for j := range work {
		var d *decode.Result
		select {
		case d = <-spare:
		default:
			d = &decode.Result{}
		}
		c.Check(j.part, d)
		r.Recycle(j.part)
		j.done <- d
	}
}

// takeAll takes the results of the parts, in the order of the parts.
func (in *ingest) takeAll(ctx context.Context, queue <-chan *job, spare chan<- *decode.Result) error {
	for j := range queue {
		if j.err != nil {
			return ignoreEOF(j.err)
		}
		select {
		case d, ok := <-j.done:
			if !ok {
				return ctx.Err()
			}
			if err := in.take(ctx, d); err != nil {
				return err
			}
			select {
			case spare <- d:
			default:
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

package main

import (
	"context"
	"os"

	"herbarium/bench/apis"
	"herbarium/bench/connections"
	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/bench/formats"
	"herbarium/bench/loading"
	"herbarium/bench/mirror"
	"herbarium/bench/mixed"
	"herbarium/bench/overload"
	"herbarium/bench/questions"
	"herbarium/bench/requests"
	"herbarium/bench/resident"
	"herbarium/bench/scans"
	"herbarium/bench/screen"
	"herbarium/bench/soak"
)

// suite is a part of what is measured.
type suite struct {
	name string
	// What flags may overrule: rows of its tables, rounds of its contenders.
	rows, rounds int
	// work measures with a folder for files, which goes afterwards.
	work func(ctx context.Context, folder string, s *settings) ([]result, error)
}

func suites() []suite {
	return []suite{
		{name: "scans", rows: 10_000_000, rounds: 9, work: scansSuite},
		{name: "questions", rows: 10_000_000, rounds: 5, work: questionsSuite},
		{name: "matrix", rounds: 3, work: matrixSuite},
		{name: "pages", rows: 10_000_000, rounds: 7, work: pagesSuite},
		{name: "growth", rows: 10_000_000, rounds: 5, work: growthSuite},
		{name: "cores", rows: 10_000_000, rounds: 7, work: coresSuite},
		{name: "encoding", rows: 1_000_000, rounds: 7, work: encodingSuite},
		{name: "formats", rows: 1_000_000, rounds: 5, work: formatsSuite},
		{name: "memory", rows: 1_000_000, work: memorySuite},
		{name: "resident", rows: 10_000_000, work: residentSuite},
		{name: "requests", rounds: 7, work: requestsSuite},
		{name: "apis", rounds: 5, work: apisSuite},
		{name: "mixed", rows: 100_000, rounds: 3, work: mixedSuite},
		{name: "overload", rounds: 3, work: overloadSuite},
		{name: "connections", rounds: 3, work: connectionsSuite},
		{name: "soak", rows: 1_000_000, work: soakSuite},
		{name: "loading", rows: 10_000_000, rounds: 3, work: loadingSuite},
		{name: "mirror", rows: 1_000_000, rounds: 5, work: mirrorSuite},
		{name: "screen", rows: 10_000_000, rounds: 15, work: screenSuite},
	}
}

// run runs the suite.
func (u *suite) run(ctx context.Context, s settings) ([]result, error) {
	folder, err := os.MkdirTemp("", "herbarium-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if s.rows == 0 {
		s.rows = u.rows
	}
	if s.rounds == 0 {
		s.rounds = u.rounds
	}
	return u.work(ctx, folder, &s)
}

// formatsSuite measures the formats over HTTP.
func formatsSuite(ctx context.Context, folder string, s *settings) ([]result, error) {
	r, err := formats.Measure(ctx, folder, s.rows, s.rounds, s.seed)
	return []result{r}, err
}

// memorySuite measures what memory whole answers take.
func memorySuite(ctx context.Context, folder string, s *settings) ([]result, error) {
	r, err := formats.MeasureMemory(ctx, folder, s.rows, s.seed)
	return []result{r}, err
}

// encodingSuite measures the encoders of rows inside the process.
func encodingSuite(ctx context.Context, _ string, s *settings) ([]result, error) {
	contests, err := formats.MeasureEncoding(ctx, s.rows, s.rounds, s.seed)
	return resultsOf(contests), err
}

// scansSuite measures filters and means inside the process.
func scansSuite(ctx context.Context, _ string, s *settings) ([]result, error) {
	contests, err := scans.Measure(ctx, s.rows, s.rounds, s.seed)
	return resultsOf(contests), err
}

// mongoRows is how many rows are asked for on MongoDB.
const mongoRows = 20_000

// questionsSuite measures what people ask of one table.
func questionsSuite(ctx context.Context, folder string, s *settings) ([]result, error) {
	contests, err := questions.Measure(ctx, folder, s.question, s.rows, s.rounds, s.seed)
	if err != nil || s.mongodb == "" {
		return resultsOf(contests), err
	}
	more, err := questions.MeasureMongoDB(ctx, s.mongodb, s.question, min(s.rows, mongoRows), s.rounds, s.seed)
	return resultsOf(append(contests, more...)), err
}

// matrixSuite measures filters and means over rows of each size, order and share
// of nulls.
func matrixSuite(ctx context.Context, _ string, s *settings) ([]result, error) {
	v := scans.Variants{Rows: s.rows, Order: data.Order(s.order), Nulls: s.nulls}
	m, err := scans.MeasureMatrix(ctx, v, s.rounds, s.seed)
	return []result{m}, err
}

// pagesSuite measures pages far into a result.
func pagesSuite(ctx context.Context, _ string, s *settings) ([]result, error) {
	r, err := scans.MeasureDeep(ctx, s.rows, s.rounds, s.seed)
	return []result{r}, err
}

// growthSuite measures how cost grows with rows.
func growthSuite(ctx context.Context, _ string, s *settings) ([]result, error) {
	r, err := scans.MeasureGrowth(ctx, s.rows, s.rounds, s.seed)
	return []result{r}, err
}

// coresSuite measures two cores against one.
func coresSuite(ctx context.Context, _ string, s *settings) ([]result, error) {
	r, err := scans.MeasureCores(ctx, s.rows, s.rounds, s.seed)
	return []result{r}, err
}

// residentSuite measures what servers hold in memory.
func residentSuite(ctx context.Context, folder string, s *settings) ([]result, error) {
	r, err := resident.Measure(ctx, folder, s.rows, s.seed)
	return []result{r}, err
}

// requestsSuite measures small requests over HTTP.
func requestsSuite(ctx context.Context, folder string, s *settings) ([]result, error) {
	throughput, latency, err := requests.Measure(ctx, folder, s.rounds)
	return []result{throughput, latency}, err
}

// apisSuite measures what other servers of files answer too.
func apisSuite(ctx context.Context, folder string, s *settings) ([]result, error) {
	sizes := []int{1000, 1_000_000}
	if s.rows > 0 {
		sizes = []int{s.rows}
	}
	contests, err := apis.Measure(ctx, folder, sizes, s.rounds, s.seed)
	return resultsOf(contests), err
}

// mixedSuite measures many requests while rows are replaced.
func mixedSuite(ctx context.Context, folder string, s *settings) ([]result, error) {
	r, err := mixed.Measure(ctx, folder, s.rows, s.rounds, s.seed)
	return []result{r}, err
}

// overloadSuite measures a server that is asked too much.
func overloadSuite(ctx context.Context, _ string, s *settings) ([]result, error) {
	r, err := overload.Measure(ctx, s.rounds)
	return []result{r}, err
}

// connectionsSuite measures a server beside idle and slow connections.
func connectionsSuite(ctx context.Context, _ string, s *settings) ([]result, error) {
	r, err := connections.Measure(ctx, s.rounds)
	return []result{r}, err
}

// soakSuite measures the memory of a server that is asked what takes most of it.
func soakSuite(ctx context.Context, folder string, s *settings) ([]result, error) {
	r, err := soak.Measure(ctx, folder, s.rows, s.soak, s.seed)
	return []result{r}, err
}

// loadingSuite measures loads into files.
func loadingSuite(ctx context.Context, folder string, s *settings) ([]result, error) {
	contests, err := loading.Measure(ctx, folder, s.rows, s.rounds, s.seed)
	return resultsOf(contests), err
}

// mirrorSuite measures columnar copies of what MongoDB has.
func mirrorSuite(ctx context.Context, folder string, s *settings) ([]result, error) {
	contests, err := mirror.Measure(ctx, s.mongodb, folder, s.question, s.rows, s.rounds, s.seed)
	return resultsOf(contests), err
}

// screenSuite measures how soon changes of a page are on the screen.
func screenSuite(ctx context.Context, folder string, s *settings) ([]result, error) {
	r, err := screen.Measure(ctx, folder, s.rows, s.rounds, s.seed)
	return []result{r}, err
}

func resultsOf(contests []*contest.Result) []result {
	var all []result
	for _, c := range contests {
		all = append(all, c)
	}
	return all
}

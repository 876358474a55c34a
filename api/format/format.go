// Package format writes answers as JSON, NDJSON, CSV, Arrow and Parquet, and as tables
// for people.
package format

import "herbarium/engine"

// All returns every format. The first one is the default, and wins if a client
// likes several equally.
func All() []engine.Format { return []engine.Format{JSON, NDJSON, CSV, Arrow, Parquet} }

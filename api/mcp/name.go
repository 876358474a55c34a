package mcp

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"herbarium/datasets"
)

// maxName is the length of the longest name of a tool that common clients take.
const maxName = 64

// toolName names the tool of an operation, such as trips_stats_mean: letters,
// digits, _ and -. A name that is too long, or that another tool has, ends with a
// digest of what it names, so that it stays the same from one start to the next
// but for the tool that it clashes with.
func toolName(ds *datasets.Dataset, op *datasets.Operation, taken func(string) bool) string {
	name := ds.Name + "_" + strings.ReplaceAll(op.Path, "/", "_")
	if len(name) <= maxName && !taken(name) {
		return name
	}
	sum := sha256.Sum256([]byte(ds.Name + "/" + op.Path))
	suffix := "_" + hex.EncodeToString(sum[:4])
	return name[:min(len(name), maxName-len(suffix))] + suffix
}

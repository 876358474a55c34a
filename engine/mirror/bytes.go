package mirror

import (
	"fmt"
	"strconv"
)

// units are units of bytes, each 1,024 times the one before.
var units = []string{"B", "KiB", "MiB", "GiB", "TiB"}

// sizeText writes a number of bytes for people, in three digits: "1.25 GiB", "64 MiB".
func sizeText(bytes int64) string {
	size, unit := float64(bytes), 0
	for size >= 1000 && unit < len(units)-1 {
		size /= 1024
		unit++
	}
	return strconv.FormatFloat(size, 'g', 3, 64) + " " + units[unit]
}

// budgetFor writes a budget into which so many bytes fit, as --mirror-budget takes it.
func budgetFor(bytes int64) string {
	for unit := len(units) - 1; unit > 0; unit-- {
		step := int64(1) << (10 * unit)
		if bytes >= 10*step || unit == 1 {
			return fmt.Sprintf("%d%s", (bytes+step-1)/step, units[unit])
		}
	}
	return "" // not reached
}

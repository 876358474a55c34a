// Package limits counts what callers ask, and refuses what is more than they may: by
// rate, by number at once and by day.
package limits

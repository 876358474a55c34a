package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// size is a flag for a number of bytes: 0, 512, 64MiB, 1GB.
type size int64

// unit is a unit of bytes.
type unit struct {
	name  string
	bytes int64
}

// sizeUnits lists the units of sizes, in the order in which String tries them.
func sizeUnits() []unit {
	return []unit{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
		{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}}
}

// String returns the size in the largest unit that leaves it whole.
func (s *size) String() string {
	if *s == 0 {
		return "0"
	}
	for _, u := range sizeUnits() {
		if int64(*s)%u.bytes == 0 {
			return strconv.FormatInt(int64(*s)/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(*s), 10)
}

// Set reads a size; a number without a unit counts bytes.
func (s *size) Set(text string) error {
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	name := text[len(digits):]
	n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
	if err != nil || n < 0 {
		return fmt.Errorf("a size is a number of bytes, such as 0, 64MiB or 1GB")
	}
	if name == "" {
		*s = size(n)
		return nil
	}
	for _, u := range sizeUnits() {
		if strings.EqualFold(u.name, name) {
			if n > math.MaxInt64/u.bytes {
				return fmt.Errorf("the size is too large")
			}
			*s = size(n * u.bytes)
			return nil
		}
	}
	return fmt.Errorf("there is no unit %s; there are B, kB, MB, GB, TB, KiB, MiB, GiB and TiB", name)
}

// Type names the value in help texts.
func (s *size) Type() string { return "size" }

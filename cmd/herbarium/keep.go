package main

import (
	"errors"
	"time"

	"herbarium/engine"
)

// keepFlag is a flag for how long a replaced version stays readable: 0s, 90s, 12h, 30d.
type keepFlag time.Duration

// String returns the duration.
func (k *keepFlag) String() string { return time.Duration(*k).String() }

// Set reads a duration, which may be whole days, as load --keep takes them.
func (k *keepFlag) Set(text string) error {
	keep, err := engine.ParseKeep(text)
	if err != nil || keep.Forever || keep.Versions > 0 {
		return errors.New("it takes a duration of 0 or more, such as 90s, 12h or 30d; load --keep takes forever and a number of versions, too")
	}
	*k = keepFlag(keep.For)
	return nil
}

// Type names the flag's type for the help.
func (k *keepFlag) Type() string { return "duration" }

// checkKeep refuses what load --keep does not take.
func checkKeep(text string) error {
	_, err := engine.ParseKeep(text)
	return err
}

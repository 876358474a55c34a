//go:build !linux

package main

// lowerPriority does nothing: on other systems, users start the command with nice.
func lowerPriority(int) error { return nil }

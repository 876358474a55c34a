//go:build !unix

package filewatch

// nonBlocking is nothing where a path does not lead to a pipe.
const nonBlocking = 0

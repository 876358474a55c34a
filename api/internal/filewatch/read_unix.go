//go:build unix

package filewatch

import "syscall"

// nonBlocking lets opening a pipe return before somebody writes to it.
const nonBlocking = syscall.O_NONBLOCK

//go:build !linux

package api

import (
	"syscall"
	"time"
)

// sinceReceived returns 0: the kernel does not tell.
func sinceReceived(syscall.RawConn) time.Duration { return 0 }

// closedByPeer returns false: the client's leaving shows when it is answered.
func closedByPeer(syscall.RawConn) bool { return false }

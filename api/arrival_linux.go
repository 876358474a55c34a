package api

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sinceReceived returns how long ago the kernel received the last bytes of a TCP
// connection, in its ticks of 1 to 10 ms; 0 where it does not tell.
func sinceReceived(raw syscall.RawConn) time.Duration {
	info := tcpInfo(raw)
	return time.Duration(info.Last_data_recv) * time.Millisecond
}

// established is a TCP connection that both sides may use (TCP_ESTABLISHED of Linux).
const established = 1

// closedByPeer reports whether the other side closed a TCP connection.
func closedByPeer(raw syscall.RawConn) bool {
	info := tcpInfo(raw)
	return info.State != established
}

// tcpInfo returns what the kernel knows of a TCP connection, up to Last_data_recv; nothing
// if it does not tell.
func tcpInfo(raw syscall.RawConn) (info unix.TCPInfo) {
	_ = raw.Control(func(fd uintptr) {
		size := uint32(unsafe.Offsetof(info.Last_ack_recv)) // what follows takes time to gather
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.IPPROTO_TCP, unix.TCP_INFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		if errno != 0 {
			info = unix.TCPInfo{State: established}
		}
	})
	return info
}

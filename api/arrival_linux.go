package api

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sinceReceived returns how long ago the kernel received the last bytes of a TCP
// connection, in its ticks of 1 to 10 ms; 0 where it does not tell.
func sinceReceived(raw syscall.RawConn) (age time.Duration) {
	_ = raw.Control(func(fd uintptr) {
		var info unix.TCPInfo
		size := uint32(unsafe.Offsetof(info.Last_ack_recv)) // what follows takes time to gather
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.IPPROTO_TCP, unix.TCP_INFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		if errno == 0 {
			age = time.Duration(info.Last_data_recv) * time.Millisecond
		}
	})
	return age
}

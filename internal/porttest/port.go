// Package porttest reserves TCP ports for servers that tests start.
//
// A port that a test has listened on and closed again is anybody's: systems give those from
// 32768 on to whoever asks for any, for outgoing connections too, and a test beside it may
// choose the same one. So these are below, and a socket of UDP keeps each for its test.
package porttest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// The ports are below those that systems give away, and above those of well-known services.
const lowest, number = 15_000, 17_000

// Reserve returns a port of 127.0.0.1 on which nothing listens, and which no other call
// returns, in any process, before release. It fails if there is none.
func Reserve() (port int, release func(), err error) {
	for range 1000 {
		port := lowest + rand.IntN(number)
		address := fmt.Sprintf("127.0.0.1:%d", port)
		kept, failed := new(net.ListenConfig).ListenPacket(context.Background(), "udp4", address)
		if err = failed; err != nil {
			continue
		}
		listener, failed := new(net.ListenConfig).Listen(context.Background(), "tcp4", address)
		if err = failed; err == nil {
			err = listener.Close()
		}
		if err != nil {
			_ = kept.Close()
			continue
		}
		return port, func() { _ = kept.Close() }, nil
	}
	return 0, nil, fmt.Errorf("reserve a port: %w", err)
}

// Address reserves a port until the test ends, and returns its address.
func Address(t testing.TB) string {
	t.Helper()
	port, release, err := Reserve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return fmt.Sprintf("127.0.0.1:%d", port)
}

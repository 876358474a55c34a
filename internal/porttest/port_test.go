package porttest

import (
	"fmt"
	"net"
	"sync"
	"testing"
)

func TestNoPortIsReservedTwice(t *testing.T) {
	var mu sync.Mutex
	var all sync.WaitGroup
	reserved := map[int]bool{}
	for range 4 {
		all.Go(func() {
			for range 100 {
				port, release, err := Reserve()
				if err != nil {
					t.Error(err)
					return
				}
				t.Cleanup(release)
				mu.Lock()
				if reserved[port] {
					t.Errorf("port %d was reserved twice", port)
				}
				reserved[port] = true
				mu.Unlock()
			}
		})
	}
	all.Wait()
}

func TestAReservedPortCanBeListenedOnUntilItIsReleased(t *testing.T) {
	port, release, err := Reserve()
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	for range 2 {
		listener, err := net.Listen("tcp4", address)
		if err != nil {
			t.Fatal(err)
		}
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
	}
	if kept, err := net.ListenPacket("udp4", address); err == nil {
		_ = kept.Close()
		t.Error("nothing keeps the port")
	}
	release()
	kept, err := net.ListenPacket("udp4", address)
	if err != nil {
		t.Fatal(err)
	}
	_ = kept.Close()
}

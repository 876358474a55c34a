package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"herbarium/loaders"
)

func TestABarIsDrawnAndTakenAway(t *testing.T) {
	person, out := openTerminal(t)
	m := newProgress("d", []loaders.Source{{Name: "t.csv", Size: 2_000_000}}, out)
	stop := m.run(t.Context())
	screen := bufio.NewReader(person)
	inTime(t, "the bar is not drawn", func() {
		line, err := screen.ReadString('\n')
		if want := "d  [" + strings.Repeat("-", 38) + "]  0 rows, 0.0 MB of 2.0 MB, 0 rows/s\r\n"; err != nil || line != want {
			t.Errorf("drawn is %q (%v), want %q", line, err, want)
		}
	})
	inTime(t, "the progress goes on after its load", stop)
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	drawn, _ := io.ReadAll(screen) // it fails where nobody has the terminal open any more
	const lineErased = "\x1b[1A\x1b[J"
	if !strings.HasSuffix(string(drawn), lineErased) {
		t.Errorf("the bar stays: %q", drawn)
	}
}

// openTerminal returns both ends of a terminal: what a person sees, and what
// programs write to.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = person.Close() })
	fd := int(person.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 120})
	}
	if err == nil {
		program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return person, program
}

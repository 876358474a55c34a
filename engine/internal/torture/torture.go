// Package torture kills loads at random moments, for the tests of stores that
// have to outlive it. The loads run in a process of their own: the test's own
// binary, started again.
package torture

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The variables that say what to do.
const (
	timesVariable = "HERBARIUM_TORTURE"       // how often a load is killed
	firstVariable = "HERBARIUM_TORTURE_FIRST" // the number of a process's first load
)

// The words by which the process tells of its loads.
const (
	begun  = "begin"
	done   = "done"
	failed = "failed"
)

// Times returns how often a load is to be killed, and whether somebody said
// so: 10 times, or as often as HERBARIUM_TORTURE says.
func Times(t testing.TB) (times int, said bool) {
	t.Helper()
	text := os.Getenv(timesVariable)
	if text == "" {
		return 10, false
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s is no number", timesVariable, text)
	}
	return n, true
}

// Kill starts loads of the numbers from first on in a process of their own,
// kills it at a random moment within so long of the first one's begin, and
// returns the last number that it said it had loaded; first-1 if none. The
// variables, as NAME=VALUE, make that process's TestMain call Loads.
func Kill(t testing.TB, first int64, within time.Duration, variables ...string) (last int64) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	loads := exec.CommandContext(t.Context(), binary)
	loads.Env = append(append(os.Environ(), variables...), fmt.Sprintf("%s=%d", firstVariable, first))
	out, err := loads.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := loads.Start(); err != nil {
		t.Fatal(err)
	}
	last = first - 1
	var timer *time.Timer
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, number, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case begun:
			if timer == nil {
				timer = time.AfterFunc(rand.N(within), func() { _ = loads.Process.Kill() })
			}
		case done:
			if last, err = strconv.ParseInt(number, 10, 64); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("the loads said %q", lines.Text())
		}
	}
	_ = loads.Wait() // killed
	return last
}

// Loads is the killed process's side of Kill: it loads one number after the
// other, and tells of it. It returns the code to exit with, after a load that
// failed.
func Loads(load func(number int64) error) (code int) {
	first, err := strconv.ParseInt(os.Getenv(firstVariable), 10, 64)
	for number := first; err == nil; number++ {
		fmt.Println(begun, number)
		if err = load(number); err == nil {
			fmt.Println(done, number)
		}
	}
	fmt.Println(failed, err)
	return 1
}

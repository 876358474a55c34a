//go:build unix

package columnar

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The variables of the torture test.
const (
	tortureTimes  = "HERBARIUM_TORTURE"        // how often a load is killed
	tortureFolder = "HERBARIUM_TORTURE_FOLDER" // makes this process the one that is killed
	tortureFirst  = "HERBARIUM_TORTURE_FIRST"  // the number that its first load loads
)

// tortureRows are enough for many writes.
const tortureRows = 64 * 60

func TestMain(m *testing.M) {
	if dir := os.Getenv(tortureFolder); dir != "" {
		first, _ := strconv.ParseInt(os.Getenv(tortureFirst), 10, 64)
		os.Exit(loadForEver(dir, first))
	}
	goleak.VerifyTestMain(m)
}

// loadForEver loads rows of the number first, then of the next one, and so on,
// and says so.
func loadForEver(dir string, first int64) int {
	for value := first; ; value++ {
		fmt.Println("begin", value)
		if err := tryLoad(smallFiles(dir, 0), tortureRows, value); err != nil {
			fmt.Println("failed", err)
			return 1
		}
		fmt.Println("done", value)
	}
}

// times returns how often a load is killed: 10 times, or as often as
// HERBARIUM_TORTURE says.
func times(t *testing.T) int {
	t.Helper()
	text := os.Getenv(tortureTimes)
	if text == "" {
		return 10
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s is no number", tortureTimes, text)
	}
	return n
}

// killLoads starts loads of the numbers from first on in a process of their
// own, kills it at a random moment, and returns the last number that it said
// it had loaded; first-1 if none.
func killLoads(t *testing.T, dir string, first int64) int64 {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	loads := exec.Command(binary)
	loads.Env = append(os.Environ(), tortureFolder+"="+dir, fmt.Sprintf("%s=%d", tortureFirst, first))
	out, err := loads.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := loads.Start(); err != nil {
		t.Fatal(err)
	}
	done, begun := first-1, false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, value, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "begin":
			if !begun {
				begun = true
				time.AfterFunc(time.Duration(rand.Int64N(int64(60*time.Millisecond))), func() { _ = loads.Process.Kill() })
			}
		case "done":
			if done, err = strconv.ParseInt(value, 10, 64); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("the loads said %q", lines.Text())
		}
	}
	_ = loads.Wait() // killed
	return done
}

func TestAKilledLoadLeavesTheOldVersionOrTheNewOne(t *testing.T) {
	dir, ds := t.TempDir(), labels()
	if err := tryLoad(smallFiles(dir, 0), tortureRows, 0); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	answers := make(chan int)
	go func() {
		n, last := 0, int64(0)
		for s := smallFiles(dir, 0); ctx.Err() == nil; n++ {
			version, err := versionOf(s, ds, tortureRows)
			if err != nil || version < last {
				t.Errorf("answer %d is of version %d after %d, %v", n, version, last, err)
				break
			}
			last = version
		}
		answers <- n
	}()
	published, half := int64(0), 0
	for range times(t) {
		done := killLoads(t, dir, published+1)
		s := smallFiles(dir, 0)
		version, err := versionOf(s, ds, tortureRows)
		if err != nil || version != done && version != done+1 {
			t.Errorf("version %d after %d was published, %v", version, done, err)
		}
		if left := filesOf(t, dir); len(left) > wholeVersion {
			half++
		}
		published = version + 1
		if err := tryLoad(s, tortureRows, published); err != nil {
			t.Errorf("the next load: %v", err)
		}
		if files := filesOf(t, dir); len(files) != wholeVersion {
			t.Errorf("after the next load there are left %v", files)
		}
	}
	cancel()
	t.Logf("%d loads published, %d answers in the meantime, %d kills left something behind", published, <-answers, half)
}

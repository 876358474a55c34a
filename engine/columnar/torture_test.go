//go:build unix

package columnar

import (
	"context"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"herbarium/engine/internal/torture"
)

// tortureFolder is the variable that makes this process the one that is killed.
const tortureFolder = "HERBARIUM_TORTURE_FOLDER"

// tortureRows are enough for many writes.
const tortureRows = 64 * 60

func TestMain(m *testing.M) {
	if dir := os.Getenv(tortureFolder); dir != "" {
		os.Exit(torture.Loads(func(number int64) error { return tryLoad(smallFiles(dir, 0), tortureRows, number) }))
	}
	goleak.VerifyTestMain(m)
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
	times, _ := torture.Times(t)
	for range times {
		done := torture.Kill(t, published+1, 60*time.Millisecond, tortureFolder+"="+dir)
		s := smallFiles(dir, 0)
		version, err := versionOf(s, ds, tortureRows)
		if err != nil || version != done && version != done+1 {
			t.Errorf("version %d after %d was published, %v", version, done, err)
		}
		if left := filesOf(t, dir); len(left) > versionFiles {
			half++
		}
		published = version + 1
		if err := tryLoad(s, tortureRows, published); err != nil {
			t.Errorf("the next load: %v", err)
		}
		if files := filesOf(t, dir); len(files) != versionFiles {
			t.Errorf("after the next load there are left %v", files)
		}
	}
	cancel()
	t.Logf("%d loads published, %d answers in the meantime, %d kills left something behind", published, <-answers, half)
}

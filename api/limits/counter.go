package limits

import (
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// maxCallers is how many callers are remembered: those who asked last. Who is forgotten
// begins anew, which takes the addresses of so many others.
const maxCallers = 1 << 17

// Counter counts the requests of each caller, in this process. It is safe for concurrent
// use. Its zero value is not ready; see NewCounter.
type Counter struct {
	mu      sync.Mutex
	callers *lru.Cache[string, *account]
	now     func() time.Time
}

// account is what a caller has asked.
type account struct {
	rule   *Rule
	bucket *rate.Limiter // nil without a rate
	day    int64         // that today counts for, in days since 1970
	today  int64
	active int
}

// NewCounter returns a counter that has counted nothing.
func NewCounter() *Counter {
	callers, err := lru.New[string, *account](maxCallers)
	if err != nil {
		panic(err) // the size is above 0
	}
	return &Counter{callers: callers, now: time.Now}
}

// ExceededError says that a caller asks more than its rule allows. Its text is for the
// caller.
type ExceededError struct {
	Detail     string
	RetryAfter time.Duration // when it may ask again
}

func (e *ExceededError) Error() string { return e.Detail }

// Left is the value of RateLimit (draft-ietf-httpapi-ratelimit-headers-11): how many
// requests are left (r) and in how many seconds it is as many as can be (t). It is "" where
// the rule has no rate and no daily number.
type Left string

// Enter counts a request of the caller, whom name tells apart from others. If it is one
// too many, exceeded says why. Otherwise done ends the request.
func (c *Counter) Enter(name string, rule *Rule) (left Left, done func(), exceeded *ExceededError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	a := c.account(name, rule, now)
	if exceeded := a.exceeded(now); exceeded != nil {
		return a.left(now), nil, exceeded
	}
	if a.bucket != nil {
		a.bucket.AllowN(now, 1)
	}
	a.today++
	a.active++
	return a.left(now), func() { c.leave(a) }, nil
}

// Left returns what is left to the caller, without counting a request.
func (c *Counter) Left(name string, rule *Rule) Left {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	return c.account(name, rule, now).left(now)
}

func (c *Counter) leave(a *account) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a.active--
}

// account returns the caller's account under the rule. Under a new rule the rate
// begins anew, and what was asked today counts on.
func (c *Counter) account(name string, rule *Rule, now time.Time) *account {
	a, ok := c.callers.Get(name)
	if !ok {
		a = &account{}
		c.callers.Add(name, a)
	}
	if a.rule != rule {
		if a.bucket = nil; rule.Rate > 0 {
			a.bucket = rate.NewLimiter(rate.Limit(rule.Rate), rule.Burst)
		}
		a.rule = rule
	}
	if today := now.Unix() / int64(day/time.Second); a.day != today {
		a.day, a.today = today, 0
	}
	return a
}

// exceeded returns why one more request is too many.
func (a *account) exceeded(now time.Time) *ExceededError {
	r := a.rule
	if r.Concurrent > 0 && a.active >= r.Concurrent {
		return &ExceededError{fmt.Sprintf("%d requests are under way, which is as many as there may be at once; wait for one of them", r.Concurrent), time.Second}
	}
	if r.Daily > 0 && a.today >= r.Daily {
		return &ExceededError{fmt.Sprintf("%d requests were made today, which is as many as there may be; the next day begins at 00:00 UTC", r.Daily), a.tomorrow(now)}
	}
	if a.bucket != nil {
		if tokens := a.bucket.TokensAt(now); tokens < 1 {
			wait := time.Duration((1 - tokens) / r.Rate * float64(time.Second))
			return &ExceededError{fmt.Sprintf("there may be %s, and %d at once after a pause; ask more slowly", inWords(r.Rate), r.Burst), wait}
		}
	}
	return nil
}

// inWords says how many requests there may be in the shortest unit in which they are a whole
// number; perSecond is how many there may be in a second.
func inWords(perSecond float64) string {
	for _, unit := range []struct {
		name    string
		seconds float64
	}{{"a second", 1}, {"a minute", 60}, {"an hour", 3600}} {
		n := math.Round(perSecond * unit.seconds)
		switch {
		case n < 1 || math.Abs(n-perSecond*unit.seconds) > 1e-9*n:
		case n == 1:
			return "1 request " + unit.name
		default:
			return strconv.FormatFloat(n, 'f', 0, 64) + " requests " + unit.name
		}
	}
	return strconv.FormatFloat(perSecond, 'g', 4, 64) + " requests a second"
}

// tomorrow is the time until the next day.
func (a *account) tomorrow(now time.Time) time.Duration {
	return time.Unix((a.day+1)*int64(day/time.Second), 0).Sub(now)
}

func (a *account) left(now time.Time) Left {
	r, text := a.rule, ""
	if a.bucket != nil {
		tokens := max(0, a.bucket.TokensAt(now))
		full := time.Duration((float64(r.Burst) - tokens) / r.Rate * float64(time.Second))
		text = rateName + ";r=" + strconv.Itoa(int(tokens)) + ";t=" + seconds(full)
	}
	if r.Daily > 0 {
		text = join(text, dailyName+";r="+strconv.FormatInt(r.Daily-min(a.today, r.Daily), 10)+";t="+seconds(a.tomorrow(now)))
	}
	return Left(text)
}

package limits

import (
	"math"
	"strconv"
	"time"

	"herbarium/engine"
)

// Rule is how much callers of one kind may ask. Zero values set no bound. It is
// immutable once it is in use.
type Rule struct {
	Rate       float64       // requests a second
	Burst      int           // requests at once after a pause; at least 1 where there is a Rate
	Concurrent int           // requests under way
	Daily      int64         // requests from midnight to midnight, UTC
	Cost       engine.Limits // of each query

	policy string // the header that tells of it
}

// New returns the rule, complete: without a burst, as many requests as two seconds
// allow may come at once.
func New(r Rule) *Rule {
	if r.Rate > 0 && r.Burst == 0 {
		r.Burst = max(1, int(math.Ceil(2*r.Rate)))
	}
	r.policy = r.describe()
	return &r
}

// The names of the policies in RateLimit-Policy and RateLimit.
const (
	rateName  = `"rate"`
	dailyName = `"daily"`
)

const day = 24 * time.Hour

// Policy is the value of RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-11): how
// many requests (q) in how many seconds (w); "" without a rate and a daily number.
func (r *Rule) Policy() string { return r.policy }

func (r *Rule) describe() (text string) {
	if r.Rate > 0 {
		text = rateName + ";q=" + strconv.Itoa(r.Burst) + ";w=" + seconds(r.window())
	}
	if r.Daily > 0 {
		text = join(text, dailyName+";q="+strconv.FormatInt(r.Daily, 10)+";w="+seconds(day))
	}
	return text
}

// window is the time in which a burst's requests are allowed anew.
func (r *Rule) window() time.Duration {
	return time.Duration(float64(r.Burst) / r.Rate * float64(time.Second))
}

// seconds writes a time in whole seconds, rounded up.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

package load

import (
	"fmt"
	"math/rand/v2"
)

// MeansPath is the path of the requests that Means makes.
const MeansPath = "/diamonds/stats/mean"

// Means returns the i-th query of a sequence: means between bounds that no other query of it
// has, so that no answer is kept. Each suite has a sequence of its own, by its number.
func Means(i int64, suite uint64) Request {
	r := rand.New(rand.NewPCG(uint64(i), suite))
	body := fmt.Sprintf(`{"lower":{"carat":%.6f},"upper":{"carat":%.6f}}`, r.Float64(), 1+r.Float64())
	return Request{Bytes: []byte(Post(MeansPath, body))}
}

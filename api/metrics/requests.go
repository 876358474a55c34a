package metrics

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Request is a request that was answered.
type Request struct {
	// Dataset and Operation are names of the registry, or "" for a request of none.
	Dataset, Operation string
	Method             string
	Status             int
	Took               time.Duration
	Bytes              int64
	// Cut is why the connection was cut, a code; "" if the answer was whole.
	Cut string
}

// requests are the metrics of HTTP requests.
type requests struct {
	total    *prometheus.CounterVec
	duration *prometheus.HistogramVec
	bytes    *prometheus.CounterVec
	cut      *prometheus.CounterVec
	// series are those of requests that were answered before: what a vector of four
	// labels does for each request costs three times as much.
	series sync.Map // of requestKey to *requestSeries
}

// requestKey is all labels of a request.
type requestKey struct {
	dataset, operation string
	method             string
	status             int
}

// requestSeries are the metrics of requests that are alike.
type requestSeries struct {
	total, bytes prometheus.Counter
	duration     prometheus.Observer
}

func newRequests() *requests {
	return &requests{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "herbarium_http_requests_total",
			Help: "Requests that were answered. The code is the status, and 499 if the client left before the answer ended.",
		}, []string{"dataset", "operation", "method", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "herbarium_http_request_duration_seconds",
			Help:    "Time from the header of a request to the last byte of its answer, which the client may take slowly. The class is that of the code, such as 2xx.",
			Buckets: fast,
		}, []string{"dataset", "operation", "method", "class"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "herbarium_http_response_bytes_total",
			Help: "Bytes of the bodies of answers.",
		}, []string{"dataset", "operation"}),
		cut: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "herbarium_http_answers_cut_total",
			Help: "Answers whose connection was cut, by the reason's code: client_gone, slow_reader, or what failed.",
		}, []string{"reason"}),
	}
}

func (r *requests) all() []prometheus.Collector {
	return []prometheus.Collector{r.total, r.duration, r.bytes, r.cut}
}

// Answered counts a request.
func (m *Metrics) Answered(r *Request) {
	key := requestKey{r.Dataset, r.Operation, method(r.Method), r.Status}
	known, ok := m.requests.series.Load(key)
	if !ok {
		known, _ = m.requests.series.LoadOrStore(key, m.requests.of(key))
	}
	s := known.(*requestSeries)
	s.total.Inc()
	s.duration.Observe(r.Took.Seconds())
	s.bytes.Add(float64(r.Bytes))
	if r.Cut != "" {
		m.requests.cut.WithLabelValues(r.Cut).Inc()
	}
}

func (r *requests) of(key requestKey) *requestSeries {
	return &requestSeries{
		total:    r.total.WithLabelValues(key.dataset, key.operation, key.method, strconv.Itoa(key.status)),
		duration: r.duration.WithLabelValues(key.dataset, key.operation, key.method, class(key.status)),
		bytes:    r.bytes.WithLabelValues(key.dataset, key.operation),
	}
}

// method returns a method as a label: those that are used with HTTP by their names.
func method(sent string) string {
	switch sent {
	case http.MethodGet, http.MethodHead, http.MethodPost, "QUERY", http.MethodOptions,
		http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodConnect, http.MethodTrace:
		return sent
	default:
		return "other"
	}
}

// class returns the class of a status, such as 2xx.
func class(status int) string {
	if status < 100 || status > 599 {
		return "other"
	}
	return strconv.Itoa(status/100) + "xx"
}

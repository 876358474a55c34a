package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// MongoDB are the metrics of MongoDB's driver. It is safe for concurrent use.
type MongoDB struct {
	commands  *prometheus.HistogramVec
	failures  *prometheus.CounterVec
	open      prometheus.Gauge
	inUse     prometheus.Gauge
	checkouts prometheus.Histogram
	refused   *prometheus.CounterVec
}

func newMongoDB() *MongoDB {
	return &MongoDB{
		commands: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "herbarium_mongodb_command_duration_seconds",
			Help: "Time from sending a command to MongoDB to its reply.", Buckets: fast,
		}, []string{"command"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "herbarium_mongodb_command_failures_total",
			Help: "Commands that MongoDB refused or did not answer.",
		}, []string{"command"}),
		open: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "herbarium_mongodb_connections",
			Help: "Connections to MongoDB that are open.",
		}),
		inUse: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "herbarium_mongodb_connections_in_use",
			Help: "Connections to MongoDB that a command uses.",
		}),
		checkouts: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "herbarium_mongodb_checkout_duration_seconds",
			Help: "Time that a command waited for a connection.", Buckets: fast,
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "herbarium_mongodb_checkout_failures_total",
			Help: "Commands that got no connection, by the driver's reason.",
		}, []string{"reason"}),
	}
}

func (m *MongoDB) all() []prometheus.Collector {
	return []prometheus.Collector{m.commands, m.failures, m.open, m.inUse, m.checkouts, m.refused}
}

// CommandEnded counts a command.
func (m *MongoDB) CommandEnded(command string, took time.Duration, err error) {
	command = commandLabel(command)
	m.commands.WithLabelValues(command).Observe(took.Seconds())
	if err != nil {
		m.failures.WithLabelValues(command).Inc()
	}
}

// ConnectionsChanged adds to the connections that are open and in use.
func (m *MongoDB) ConnectionsChanged(open, inUse int) {
	m.open.Add(float64(open))
	m.inUse.Add(float64(inUse))
}

// CheckedOut counts how long a command waited for a connection. The reason says why it
// got none, and is "" if it got one.
func (m *MongoDB) CheckedOut(waited time.Duration, reason string) {
	m.checkouts.Observe(waited.Seconds())
	if reason != "" {
		m.refused.WithLabelValues(reason).Inc()
	}
}

// commandLabel returns the name of a command as a label: those that a server sends.
func commandLabel(command string) string {
	switch command {
	case "aggregate", "find", "getMore", "killCursors", "count", "explain", "ping", "hello", "endSessions", "listCollections":
		return command
	default:
		return "other"
	}
}

package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// notifySystemd tells systemd that the server listens and, once ctx ends, that it
// stops (sd_notify(3)), and keeps its watchdog quiet. It does nothing in a process that systemd
// did not start with Type=notify. The function that it returns waits for the end of
// ctx.
func notifySystemd(ctx context.Context, logger *slog.Logger) (wait func()) {
	told, err := daemon.SdNotify(false, daemon.SdNotifyReady)
	if err != nil {
		logger.Warn("systemd was not told that the server listens", "error", err.Error())
	}
	if !told {
		return func() {}
	}
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		logger.Warn("the watchdog of systemd is not served", "error", err.Error())
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		beat(ctx, interval/2)
		_, _ = daemon.SdNotify(false, daemon.SdNotifyStopping) // at worst its state is shown as before
	}()
	return func() { <-ended }
}

// beat tells the watchdog every interval that the process runs, until ctx ends; 0:
// there is no watchdog.
func beat(ctx context.Context, interval time.Duration) {
	if interval <= 0 {
		<-ctx.Done()
		return
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_, _ = daemon.SdNotify(false, daemon.SdNotifyWatchdog) // the next one may arrive
		}
	}
}

package screen

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/chromedp/chromedp"
)

// reader is who looks at the page.
type reader struct {
	ctx     context.Context
	page    string // its URL
	profile string
	cancel  context.CancelFunc
}

// openBrowser starts a headless Chromium with an empty profile.
func openBrowser(ctx context.Context) (*reader, error) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, errors.New("there is no Chromium to look at the page with; install chromium")
	}
	profile, err := os.MkdirTemp("", "herbarium-screen-")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ctx, _ = chromedp.NewExecAllocator(ctx, chromedp.ExecPath(path), chromedp.UserDataDir(profile),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-dev-shm-usage", true))
	ctx, _ = chromedp.NewContext(ctx)
	r := &reader{ctx: ctx, profile: profile, cancel: cancel}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1400, 1600)); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func (r *reader) close() error {
	err := chromedp.Cancel(r.ctx)
	r.cancel()
	return errors.Join(err, os.RemoveAll(r.profile))
}

// evaluate returns the value of an expression in the page; of a promise, what it
// comes to.
func evaluate[T any](r *reader, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(r.ctx, 20*time.Second)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		return value, fmt.Errorf("%s: %w", expression, err)
	}
	return value, nil
}

// open opens the page with a query and waits until nothing moves any more.
func (r *reader) open(query string) error {
	if err := chromedp.Do(r.ctx, chromedp.Navigate(r.page+"?"+query)); err != nil {
		return err
	}
	if _, err := evaluate[bool](r, watching); err != nil {
		return err
	}
	return r.rest()
}

// moving is an expression that tells whether something that the reader sees is on its
// way: a part, or a small distribution, whose request may take longer than the others.
const moving = `document.querySelector("[aria-busy=true], img[data-src]") || [...document.images].some(image => {
	const {top, bottom, left, right} = image.getBoundingClientRect();
	return !image.complete && image.checkVisibility() && bottom >= 0 && right >= 0 && top <= innerHeight && left <= innerWidth;
})`

// rest waits until nothing is on its way and the page has asked for nothing for a while.
func (r *reader) rest() error {
	asked := -1
	for range 200 {
		now, err := evaluate[int](r, moving+` ? -2 : performance.getEntriesByType("resource").length`)
		if err != nil {
			return err
		}
		if now >= 0 && now == asked {
			return nil
		}
		asked = now
		time.Sleep(250 * time.Millisecond)
	}
	return errors.New("the page does not come to rest")
}

// click clicks into the middle of what the selector finds first, as a mouse does.
func (r *reader) click(selector string) error {
	at, err := evaluate[[]float64](r, fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		const shown = e.closest("details:not([open])");
		if (shown) shown.open = true;
		e.scrollIntoView({block: "center", behavior: "instant"});
		const r = e.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	})()`, selector))
	if err != nil {
		return err
	}
	return chromedp.Do(r.ctx, chromedp.MouseClickXY(at[0], at[1]))
}

// key puts the focus on what the selector finds first and presses a key.
func (r *reader) key(selector, key string) error {
	_, err := evaluate[bool](r, fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		const shown = e.closest("details:not([open])");
		if (shown) shown.open = true;
		e.focus();
		return document.activeElement === e;
	})()`, selector))
	if err != nil {
		return err
	}
	return chromedp.Do(r.ctx, chromedp.KeyEvent(key))
}

// watching installs watch, which begins to wait for a change, and defines what is
// waited for: from the time stamp of the reader's key or click until a frame has been
// made in which table and chart are new ones, and one in which the filters are.
const watching = `(() => {
	window.watch = () => {
		const before = ["#rows", "#chart", "#filters"].map(s => document.querySelector(s));
		const seen = {};
		let from = 0;
		const input = event => { if (event.isTrusted && !from) from = event.timeStamp; };
		addEventListener("pointerdown", input, true);
		addEventListener("keydown", input, true);
		window.change = new Promise(resolve => {
			// A part is replaced, or all of it but what is being typed into.
			const busy = before.map(() => false);
			const fresh = (...which) => which.every(i => !before[i].isConnected || busy[i] && !before[i].hasAttribute("aria-busy"));
			const painted = then => requestAnimationFrame(() => {
				const {port1, port2} = new MessageChannel();
				port1.onmessage = then;
				port2.postMessage(0);
			});
			const look = () => {
				before.forEach((part, i) => { busy[i] ||= part.hasAttribute("aria-busy"); });
				if (seen.wanted === undefined && fresh(0, 1)) {
					seen.wanted = true;
					painted(() => { seen.shown = (performance.now() - from) / 1000; });
				}
				if (seen.all === undefined && fresh(0, 1, 2)) {
					seen.all = true;
					observer.disconnect();
					removeEventListener("pointerdown", input, true);
					removeEventListener("keydown", input, true);
					painted(() => resolve({shown: seen.shown, whole: (performance.now() - from) / 1000}));
				}
			};
			const observer = new MutationObserver(look);
			observer.observe(document.querySelector("#explore"), {childList: true, subtree: true, attributes: true, attributeFilter: ["aria-busy"]});
		});
		return true;
	};
	return true;
})()`

// seen is how long a change took, in seconds.
type seen struct {
	Shown float64 `json:"shown"`
	Whole float64 `json:"whole"`
}

// time makes a change and waits until it is on the screen.
func (r *reader) time(act func(*reader) error) (seen, error) {
	if _, err := evaluate[bool](r, "window.watch()"); err != nil {
		return seen{}, err
	}
	if err := act(r); err != nil {
		return seen{}, err
	}
	return evaluate[seen](r, "window.change")
}

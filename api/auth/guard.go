package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"herbarium/api/internal/filewatch"
	"herbarium/api/problem"
	"herbarium/datasets"
)

// Guard recognizes callers and says what they see, as an auth file says. It is safe
// for concurrent use.
//
// The file and the datasets change independently, and each change of either is
// checked against the other. What does not fit closes, and never opens: a changed
// file that is wrong is not taken, and if changed datasets do not fit the file, the
// datasets that its policies do not fit any more are shown to nobody; while a policy
// names a dataset that is gone, so are datasets that came since, since one of them
// may be it under another name.
type Guard struct {
	path   string
	logger *slog.Logger
	now    func() time.Time
	owner  background
	cancel context.CancelFunc
	client *http.Client

	state atomic.Pointer[state]

	mu        sync.Mutex // held while the state changes
	text      string     // of the file, as it was read last
	read      bool       // the file was read at least once
	candidate *File      // the newest file, if it does not fit the datasets; else nil
	failure   string     // what was logged last as wrong; "" if nothing is
}

// state is a file with the datasets that it was checked against. It is immutable, but
// for what it caches.
type state struct {
	file      *File // nil: nobody gets in
	snapshot  *datasets.Snapshot
	viewer    *viewer
	anonymous *Caller
	verifiers map[string]*verifier // by issuer
	// fitted are the names of the datasets that there were when the file last fitted
	// all of them.
	fitted map[string]bool
}

// Realm is the realm that callers are told.
const Realm = "herbarium"

// Open returns a guard with the rules of a file, which it checks against the
// snapshot. A file that is wrong or cannot be read is logged, and lets nobody in
// until it is mended. Follow follows it; Close ends what the guard does in the
// background.
func Open(path string, snapshot *datasets.Snapshot, logger *slog.Logger) *Guard {
	return open(path, snapshot, logger, time.Now)
}

func open(path string, snapshot *datasets.Snapshot, logger *slog.Logger, now func() time.Time) *Guard {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	g := &Guard{path: path, logger: logger, now: now, client: newClient(), owner: background{ctx: ctx}, cancel: cancel}
	g.state.Store(&state{snapshot: snapshot})
	g.refresh()
	return g
}

// Close ends what the guard does in the background, and waits for it.
func (g *Guard) Close() {
	g.cancel()
	g.owner.running.Wait()
}

// Blocked reports whether nobody gets in, since the file was never right.
func (g *Guard) Blocked() bool { return g.state.Load().file == nil }

// Admit returns who sent a request and what it sees of the snapshot. The error is a
// *problem.Error: credentials are wrong, or cannot be checked now.
func (g *Guard) Admit(r *http.Request, snapshot *datasets.Snapshot) (*Caller, *View, error) {
	st := g.current(snapshot)
	if st.file == nil {
		return nil, nil, BlockedProblem()
	}
	c, err := g.caller(r, st)
	if err != nil {
		return nil, nil, err
	}
	return c, st.viewer.of(c), nil
}

// BlockedProblem is the problem of every request while nobody gets in.
func BlockedProblem() *problem.Error {
	return &problem.Error{Code: problem.AuthUnavailable, RetryAfter: time.Minute,
		Detail: "the server does not know who may ask, so nobody may; its log says why"}
}

// caller recognizes who sent a request.
func (g *Guard) caller(r *http.Request, st *state) (*Caller, error) {
	text, err := credentialOf(r.Header)
	switch {
	case err != nil:
		return nil, err
	case text == "":
		return st.anonymous, nil
	case strings.HasPrefix(text, keyPrefix):
		return g.byKey(st, text)
	}
	return g.byToken(r.Context(), st, text)
}

// byKey finds the key in the file. The digest of what was sent is looked up by its
// first bytes, and the rest is compared in constant time. The time of the look-up
// tells nothing: who knows a digest, even all of it, does not know a key, and cannot
// choose a key by its digest.
func (g *Guard) byKey(st *state, text string) (*Caller, error) {
	digest, err := digestOf(text)
	if err != nil {
		return nil, Refused(err.Error())
	}
	for _, k := range st.file.byDigest[[8]byte(digest[:8])] {
		if subtle.ConstantTimeCompare(k.Digest[:], digest[:]) != 1 {
			continue
		}
		if k.Expired(g.now()) {
			return nil, Refused("the key has expired")
		}
		return k.caller, nil
	}
	return nil, Refused("the key is not known; it may have been revoked")
}

// byToken verifies a token.
func (g *Guard) byToken(ctx context.Context, st *state, text string) (*Caller, error) {
	name, err := issuerOf(text)
	if err != nil {
		return nil, Refused("the credential is not valid: " + err.Error())
	}
	v, ok := st.verifiers[name]
	if !ok {
		return nil, Refused("the token is not valid: " + unknownIssuer.Error())
	}
	claims, err := v.verify(ctx, text)
	var bad badToken
	switch {
	case errors.As(err, &bad):
		return nil, Refused("the token is not valid: " + bad.Error())
	case err != nil:
		return nil, &problem.Error{Code: problem.AuthUnavailable, Detail: "the keys of the token's issuer cannot be read now, so the token cannot be checked",
			RetryAfter: retryAfter, Cause: err}
	}
	return st.file.tokenCaller(v.issuer, claims), nil
}

// Refused is the problem of credentials that are not valid (RFC 6750, 3).
func Refused(detail string) *problem.Error {
	return &problem.Error{Code: problem.Unauthenticated, Detail: detail,
		Challenge: `Bearer realm="` + Realm + `", error="invalid_token", error_description="` + strings.ReplaceAll(detail, `"`, "'") + `"`}
}

// Needed is the problem of a request that needs credentials and has none.
func Needed(detail string) *problem.Error {
	return &problem.Error{Code: problem.Unauthenticated, Detail: detail, Challenge: `Bearer realm="` + Realm + `"`}
}

// Forbidden is the problem of a caller whose scopes do not contain an operation. scope
// is the one that does; "" if there is none to name.
func Forbidden(detail, scope string) *problem.Error {
	p := &problem.Error{Code: problem.Forbidden, Detail: detail, Challenge: `Bearer realm="` + Realm + `", error="insufficient_scope"`}
	if scope != "" {
		p.Challenge += `, scope="` + scope + `"`
	}
	return p
}

// current returns the state for the snapshot.
func (g *Guard) current(snapshot *datasets.Snapshot) *state {
	if st := g.state.Load(); st.snapshot == snapshot {
		return st
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	st := g.state.Load()
	if st.snapshot == snapshot {
		return st
	}
	g.settle(snapshot)
	return g.state.Load()
}

// refresh reads the file, if it changed, and its files of keys. It is called by one goroutine.
func (g *Guard) refresh() {
	text, err := filewatch.ReadFile(g.path)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		g.read = false
		g.report(err)
		return
	}
	if g.read && string(text) == g.text {
		g.refreshKeys()
		return
	}
	g.text, g.read = string(text), true
	file, err := ParseFile(filepath.Base(g.path), text)
	if err != nil {
		g.candidate = nil
		g.report(err)
		return
	}
	g.candidate = file
	g.settle(g.state.Load().snapshot)
}

// settle makes the state for the snapshot: of the newest file if that fits, else of
// the file that is in use. mu is held.
func (g *Guard) settle(snapshot *datasets.Snapshot) {
	before := g.state.Load()
	var wrong error
	if g.candidate != nil {
		if wrong = g.take(g.candidate, snapshot); wrong == nil {
			g.candidate = nil
			g.report(nil)
			return
		}
	}
	if before.snapshot != snapshot {
		st := *before
		st.snapshot = snapshot
		if st.file != nil {
			found := st.file.check(snapshot)
			st.viewer = newViewer(st.file, snapshot)
			st.admit(found)
			if wrong == nil {
				wrong = errorOf(st.file.name, found)
			}
		}
		g.state.Store(&st)
		if g.candidate == nil && g.text != "" && st.file != nil && st.file.text == g.text {
			g.report(wrong)
			return
		}
	}
	if wrong != nil {
		g.report(wrong)
	}
}

// take makes a file the one in use, or says why it cannot be. mu is held.
func (g *Guard) take(file *File, snapshot *datasets.Snapshot) error {
	if err := errorOf(file.name, file.check(snapshot)); err != nil {
		return err
	}
	st := &state{file: file, snapshot: snapshot, viewer: newViewer(file, snapshot), verifiers: map[string]*verifier{}}
	for _, of := range file.issuers {
		keys, err := g.keysOf(of)
		if err != nil {
			return &datasets.DescriptorError{File: file.name, Faults: []datasets.Fault{keysFault(of, err)}}
		}
		st.verifiers[of.name] = newVerifier(of, keys, g.now)
	}
	st.anonymous = file.newCaller(Anonymous, "", file.anonymous, nil)
	st.admit(nil)
	if !file.sealed && len(file.policies) > 0 {
		g.logger.Warn("the auth file has no secret, so a change of it ends the tokens of views, and who guesses the file can recognize their versions; add one: secret: $(openssl rand -base64 32)",
			"file", g.path)
	}
	g.state.Store(st)
	g.logger.Info("the auth file is in use", "file", g.path, "keys", len(file.Keys), "issuers", len(file.issuers), "policies", len(file.policies))
	return nil
}

// keysOf returns the keys of an issuer: those that are there already, if it has the
// same source. mu is held.
func (g *Guard) keysOf(of *issuer) (*keySet, error) {
	if v, ok := g.state.Load().verifiers[of.name]; ok && v.issuer.jwks == of.jwks {
		return v.keys, nil
	}
	keys := &keySet{source: of.jwks, remote: of.remote, client: g.client, logger: g.logger, owner: &g.owner, now: g.now}
	if keys.remote {
		keys.mu.Lock()
		keys.start()
		keys.mu.Unlock()
		return keys, nil
	}
	keys.source = keysPath(filepath.Dir(g.path), of)
	return keys, keys.readFile()
}

// refreshKeys reads the files of keys. mu is held.
func (g *Guard) refreshKeys() {
	for _, v := range g.state.Load().verifiers {
		if !v.keys.remote {
			_ = v.keys.readFile() // it is logged, and the keys stay
		}
	}
	if st := g.state.Load(); g.candidate != nil {
		g.settle(st.snapshot) // its keys may be right now
	}
}

// admit says which datasets can be seen, with what does not fit.
func (st *state) admit(found []finding) {
	unknown := false
	unfit := map[string]bool{}
	for _, f := range found {
		unknown = unknown || f.unknown
		if f.dataset != "" {
			unfit[f.dataset] = true
		}
	}
	st.viewer.unfit = unfit
	if len(found) == 0 {
		st.fitted = map[string]bool{}
		for _, name := range st.snapshot.Names() {
			st.fitted[name] = true
		}
		return
	}
	if unknown {
		st.viewer.admitted = st.fitted
	}
}

// Faulty reports whether something is wrong with the file as it is now, so that nobody gets in,
// or what was changed in it does not count. It is false for no guard.
func (g *Guard) Faulty() bool {
	if g == nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.failure != ""
}

// report logs what is wrong with the file, once, and that it is right again. mu is
// held.
func (g *Guard) report(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text == g.failure {
		return
	}
	g.failure = text
	switch {
	case err == nil:
	case g.state.Load().file == nil:
		g.logger.Error("the auth file is wrong; nobody gets in", "file", g.path, "error", text)
	default:
		g.logger.Error("the auth file is wrong; the last good one stays in use, and what does not fit it is not shown", "file", g.path, "error", text)
	}
}

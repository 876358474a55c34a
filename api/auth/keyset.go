package auth

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"herbarium/api/internal/filewatch"
)

// The limits of fetching keys.
const (
	fetchTimeout = 5 * time.Second
	maxKeys      = 1 << 20 // bytes of a set
	minRSA       = 2048    // bits
	// refreshAfter is the age at which keys are fetched anew, in the background, so
	// that a withdrawn key ends.
	refreshAfter = 15 * time.Minute
	// unknownAfter is how long ago the last fetch must be before a key that is not
	// known causes another.
	unknownAfter = time.Minute
	// retryAfter is how long ago a fetch must have failed before the next one, while
	// there are no keys at all.
	retryAfter = 5 * time.Second
)

// publicKey is a key of an issuer.
type publicKey struct {
	id        string
	algorithm string // "" if the set does not say
	key       any
}

// keySet is what is known of an issuer's keys (RFC 7517). Verifying a token takes
// them as they are; they are fetched in the background, and a token waits for that
// only if there are none yet or its key is not among them.
type keySet struct {
	source  string // a URL or a path
	remote  bool
	client  *http.Client
	logger  *slog.Logger
	owner   *background
	now     func() time.Time
	current atomic.Pointer[[]publicKey]

	mu       sync.Mutex
	fetched  time.Time     // when the last fetch ended
	good     time.Time     // when the last fetch that succeeded ended
	fetching chan struct{} // closed when the fetch that is under way ends; nil: none is
	failure  string        // of the last fetch, as it was logged; "" if it succeeded
}

// background runs what belongs to a guard until that is closed.
type background struct {
	ctx     context.Context
	running sync.WaitGroup
}

// newClient returns a client that follows a redirect only to where keys may come
// from.
func newClient() *http.Client {
	return &http.Client{Timeout: fetchTimeout, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if wrong := checkKeysURL(r.URL.String()); wrong != "" {
			return errors.New(wrong)
		}
		if len(via) > 3 {
			return errors.New("there are more than 3 redirects")
		}
		return nil
	}}
}

// find returns the keys that may have signed a token with this id and algorithm. An
// id that is not known causes a fetch, at most every minute.
func (s *keySet) find(ctx context.Context, id, algorithm string) ([]any, error) {
	keys := s.current.Load()
	if keys != nil {
		s.refreshOld()
		if found := matching(*keys, id, algorithm); len(found) > 0 {
			return found, nil
		}
	}
	if err := s.fetchFor(ctx, keys == nil); err != nil {
		return nil, err
	}
	if keys = s.current.Load(); keys == nil {
		return nil, errNoKeys
	}
	return matching(*keys, id, algorithm), nil
}

// errNoKeys is the error while the keys of an issuer cannot be fetched.
var errNoKeys = errors.New("the issuer's keys cannot be fetched")

// matching returns the keys of a set that fit.
func matching(keys []publicKey, id, algorithm string) []any {
	var found []any
	for _, k := range keys {
		if (id == "" || k.id == id) && (k.algorithm == "" || k.algorithm == algorithm) && fitsKey(k.key, algorithm) {
			found = append(found, k.key)
		}
	}
	return found
}

// fitsKey reports whether a key is of the algorithm's kind. The key decides, and not
// the token: so a token cannot have its signature checked in another way than the
// key was made for.
func fitsKey(key any, algorithm string) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return algorithm[:2] == "RS" || algorithm[:2] == "PS"
	case *ecdsa.PublicKey:
		return map[string]int{"ES256": 256, "ES384": 384, "ES512": 521}[algorithm] == k.Curve.Params().BitSize
	case ed25519.PublicKey:
		return algorithm == "EdDSA"
	}
	return false
}

// refreshOld starts a fetch if the keys are old.
func (s *keySet) refreshOld() {
	if !s.remote {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if s.fetching == nil && now.Sub(s.good) >= refreshAfter && now.Sub(s.fetched) >= unknownAfter {
		s.start()
	}
}

// fetchFor waits for a fetch if one is under way or due, because there are no keys
// (none) or one is not known.
func (s *keySet) fetchFor(ctx context.Context, none bool) error {
	if !s.remote {
		return nil
	}
	pause := unknownAfter
	if none {
		pause = retryAfter
	}
	s.mu.Lock()
	if s.fetching == nil && (s.fetched.IsZero() || s.now().Sub(s.fetched) >= pause) {
		s.start()
	}
	wait := s.fetching
	s.mu.Unlock()
	if wait == nil {
		return nil
	}
	select {
	case <-wait:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start begins a fetch. mu is held.
func (s *keySet) start() {
	done := make(chan struct{})
	s.fetching = done
	s.owner.running.Go(func() {
		keys, err := s.fetch(s.owner.ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.fetched, s.fetching = s.now(), nil
		s.settle(keys, err)
		close(done)
	})
}

// settle keeps what was fetched, or logs why nothing was. mu is held.
func (s *keySet) settle(keys []publicKey, err error) {
	switch {
	case err == nil:
		if s.failure != "" {
			s.logger.Info("the keys of tokens can be read again", "jwks", s.source)
		}
		s.good, s.failure = s.now(), ""
		s.current.Store(&keys)
	case s.owner.ctx.Err() == nil && err.Error() != s.failure:
		s.failure = err.Error()
		s.logger.Error("the keys of tokens cannot be read; those that were read before stay in use", "jwks", s.source, "error", s.failure)
	}
}

// fetch reads the set from its URL.
func (s *keySet) fetch(ctx context.Context) ([]publicKey, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.source, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/jwk-set+json, application/json")
	answer, err := s.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer has the status %s", answer.Status)
	}
	return readKeys(answer.Body)
}

// readFile reads the set from its file, and reports whether it could.
func (s *keySet) readFile() error {
	keys, err := readKeysFile(s.source)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(keys, err)
	return err
}

func readKeysFile(name string) ([]publicKey, error) {
	text, err := filewatch.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return readKeys(bytes.NewReader(text))
}

// readKeys reads a set. A key that tokens cannot be verified with is left out: one of
// an unknown kind, for encryption, or with a shared secret. A private one is an
// error, since it should not be there.
func readKeys(from io.Reader) ([]publicKey, error) {
	text, err := io.ReadAll(io.LimitReader(from, maxKeys+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxKeys {
		return nil, fmt.Errorf("the set of keys is larger than %d bytes", maxKeys)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("this is no set of keys (RFC 7517): %w", err)
	}
	var keys []publicKey
	for i, raw := range set.Keys {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(raw) != nil || !k.Valid() || k.Use != "" && k.Use != "sig" {
			continue
		}
		switch key := k.Key.(type) {
		case []byte:
			continue
		case *rsa.PublicKey:
			if key.N.BitLen() < minRSA {
				continue
			}
		}
		if !k.IsPublic() {
			return nil, fmt.Errorf("keys[%d] is a private key; publish public keys only, and replace this one", i)
		}
		keys = append(keys, publicKey{k.KeyID, k.Algorithm, k.Key})
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no key for signatures in the set")
	}
	return slices.Clip(keys), nil
}

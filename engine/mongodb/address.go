package mongodb

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

const (
	schemeDirect = "mongodb"
	schemeSRV    = "mongodb+srv"
)

// address is a connection string and what may be said of it.
type address struct {
	uri      string
	scheme   string
	hosts    []string
	database string // "" where the URI names none
	// readConcern is the level of queries; "" where the URI names none.
	readConcern string
	redactor    *strings.Replacer
}

// parseAddress reads a connection string. It asks no name server, so that a
// mongodb+srv address can be read before the network is there.
func parseAddress(uri string) (*address, error) {
	scheme, rest, found := strings.Cut(uri, "://")
	if !found || scheme != schemeDirect && scheme != schemeSRV {
		return nil, errors.New("a MongoDB address begins with mongodb:// or mongodb+srv://")
	}
	rest = withPreference(rest)
	uri = scheme + "://" + rest
	parsed := options.Client().ApplyURI(direct(scheme, rest))
	if err := parsed.Validate(); err != nil {
		return nil, explainAddress(scheme, rest)
	}
	a := &address{uri: uri, scheme: scheme, hosts: parsed.Hosts, redactor: newRedactor(uri, rest)}
	userinfo, place, found := strings.Cut(rest, "@")
	if !found {
		place = userinfo
	}
	place, _, _ = strings.Cut(place, "?")
	_, name, _ := strings.Cut(place, "/")
	name, err := url.PathUnescape(name)
	if err != nil {
		return nil, errors.New("the database's name in the MongoDB address is not percent-encoded as a URI needs it")
	}
	if len(name) > 63 || strings.ContainsAny(name, "/\\. \"$*<>:|?\x00") {
		return nil, errors.New("the database's name in the MongoDB address has up to 63 bytes, none of them a space or one of / \\ . \" $ * < > : | ?")
	}
	a.database = name
	if a.readConcern, err = levelOf(parsed); err != nil {
		return nil, err
	}
	return a, nil
}

// withPreference names the read preference that queries have without one, where there are options
// that say more of it: a driver takes these with one alone.
func withPreference(rest string) string {
	further := false
	_, query, _ := strings.Cut(rest, "?")
	for _, option := range strings.FieldsFunc(query, isSeparator) {
		switch name, _, _ := strings.Cut(strings.ToLower(option), "="); name {
		case "readpreference":
			return rest
		case "maxstalenessseconds", "readpreferencetags":
			further = true
		}
	}
	if further {
		rest += "&readPreference=primaryPreferred"
	}
	return rest
}

// levelOf returns the read concern that the address names, if it is one that queries can
// have.
func levelOf(parsed *options.ClientOptions) (string, error) {
	if parsed.ReadConcern == nil {
		return "", nil
	}
	switch level := parsed.ReadConcern.Level; level {
	case "", "local", "majority":
		return level, nil
	case "available":
		return "", errors.New("readConcernLevel=available in the MongoDB address would show rows twice, or not at all, while shards exchange them; use local or majority")
	default:
		return "", fmt.Errorf("queries need no readConcernLevel=%s in the MongoDB address, since the rows of a version do not change; use local or majority", level)
	}
}

// direct writes the address without the scheme that makes the parser look up
// names. srv… options are refused without that scheme and left out.
func direct(scheme, rest string) string {
	if scheme == schemeDirect {
		return schemeDirect + "://" + rest
	}
	return schemeDirect + "://" + withoutOptions(rest, func(name string) bool { return strings.HasPrefix(name, "srv") })
}

// explainAddress says what is wrong with an address without quoting what is
// secret in it: the driver's words count only if they come without it.
func explainAddress(scheme, rest string) error {
	place := rest[strings.LastIndexByte(rest, '@')+1:]
	plain := direct(scheme, withoutOptions(place, secretOption))
	if err := options.Client().ApplyURI(plain).Validate(); err != nil {
		return fmt.Errorf("the MongoDB address is wrong: %w", err)
	}
	return errors.New("the MongoDB address is wrong: its user name, password or authentication options are not written as a URI needs them (percent-encode : / ? # [ ] @)")
}

// WithoutSecrets returns a store's name as it may be shown: a MongoDB address
// with … in place of user and password, and of its options only those that
// have no secret and without which the server is not found; any other name as
// it is.
func WithoutSecrets(store string) string {
	scheme, rest, found := strings.Cut(store, "://")
	if !found || scheme != schemeDirect && scheme != schemeSRV {
		return store
	}
	// A password that is not written as a URI needs it may have any mark within.
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = "…" + rest[at:]
	}
	shown := []string{"authmechanism", "authsource", "directconnection", "loadbalanced", "replicaset", "ssl", "tls"}
	kept := withoutOptions(rest, func(name string) bool { return !slices.Contains(shown, name) })
	return scheme + "://" + strings.TrimSuffix(kept, "?")
}

func secretOption(name string) bool {
	for _, part := range []string{"auth", "password", "token", "secret"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// withoutOptions returns rest without the options whose lower-case names drop
// holds of.
func withoutOptions(rest string, drop func(name string) bool) string {
	place, query, found := strings.Cut(rest, "?")
	if !found {
		return rest
	}
	var kept []string
	for _, option := range strings.FieldsFunc(query, isSeparator) {
		if name, _, _ := strings.Cut(option, "="); !drop(strings.ToLower(name)) {
			kept = append(kept, option)
		}
	}
	return place + "?" + strings.Join(kept, "&")
}

func isSeparator(r rune) bool { return r == '&' || r == ';' }

// String names the address without user, password and options.
func (a *address) String() string {
	return a.scheme + "://" + strings.Join(a.hosts, ",")
}

// redact returns text without any credential of the address.
func (a *address) redact(text string) string { return a.redactor.Replace(text) }

// minSecret is the length from which a credential is taken out of texts; a
// shorter one would tear up words and show itself by that.
const minSecret = 3

func newRedactor(uri, rest string) *strings.Replacer {
	secrets := []string{uri}
	if userinfo, _, found := strings.Cut(rest, "@"); found {
		user, password, _ := strings.Cut(userinfo, ":")
		secrets = append(secrets, userinfo, user, password)
	}
	if _, query, found := strings.Cut(rest, "?"); found {
		for _, option := range strings.FieldsFunc(query, isSeparator) {
			name, value, _ := strings.Cut(option, "=")
			// A source or a mechanism is a word that messages need.
			if name = strings.ToLower(name); secretOption(name) && name != "authsource" && name != "authmechanism" {
				secrets = append(secrets, value)
			}
		}
	}
	for _, secret := range secrets {
		if plain, err := url.PathUnescape(secret); err == nil {
			secrets = append(secrets, plain)
		}
	}
	// Longer ones first: a replacer takes the first that fits.
	slices.SortStableFunc(secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, secret := range secrets {
		if len(secret) >= minSecret {
			pairs = append(pairs, secret, "***")
		}
	}
	return strings.NewReplacer(pairs...)
}

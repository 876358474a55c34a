package auth

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// verifier verifies the tokens of one issuer.
type verifier struct {
	issuer *issuer
	keys   *keySet
	parser *jwt.Parser
}

func newVerifier(of *issuer, keys *keySet, now func() time.Time) *verifier {
	return &verifier{of, keys, jwt.NewParser(jwt.WithValidMethods(of.algorithms), jwt.WithIssuer(of.name), jwt.WithAudience(of.audiences...),
		jwt.WithExpirationRequired(), jwt.WithLeeway(of.skew), jwt.WithJSONNumber(), jwt.WithStrictDecoding(), jwt.WithTimeFunc(now))}
}

// badToken is why a token is refused, in words for whoever sent it.
type badToken string

func (b badToken) Error() string { return string(b) }

// The reasons that have no error of the parser.
const (
	noToken       = badToken("it is neither a key of this server nor a JSON Web Token")
	unknownIssuer = badToken("its issuer (iss) is not one that this server trusts")
	criticalToken = badToken("it has critical headers (crit), which this server does not know")
	unknownKey    = badToken("no key of its issuer fits its kid and alg")
	noDate        = badToken("its exp, nbf or iat is no date: each is a number of seconds since 1970, of 2^53 at most")
)

// unverified reads whose token a text is, so that the issuer's keys and algorithms
// can be applied. Nothing else of it is used.
var unverified = jwt.NewParser(jwt.WithJSONNumber(), jwt.WithStrictDecoding())

// issuerOf returns the issuer that a token names.
func issuerOf(text string) (string, error) {
	claims := jwt.MapClaims{}
	token, _, err := unverified.ParseUnverified(text, claims)
	if err != nil {
		// The signing method may be one that is not known, such as none.
		if token != nil && errors.Is(err, jwt.ErrTokenUnverifiable) {
			return "", badToken("its algorithm (alg) is not one that this server knows")
		}
		return "", noToken
	}
	name, _ := claims["iss"].(string)
	return name, nil
}

// verify returns the claims of a token that is valid now.
func (v *verifier) verify(ctx context.Context, text string) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	var unavailable error
	_, err := v.parser.ParseWithClaims(text, claims, func(t *jwt.Token) (any, error) {
		if _, ok := t.Header["crit"]; ok {
			return nil, criticalToken
		}
		if !datesFit(claims) {
			return nil, noDate
		}
		id, _ := t.Header["kid"].(string)
		keys, err := v.keys.find(ctx, id, t.Method.Alg())
		if err != nil {
			unavailable = err
			return nil, err
		}
		if len(keys) == 0 {
			return nil, unknownKey
		}
		set := jwt.VerificationKeySet{}
		for _, k := range keys {
			set.Keys = append(set.Keys, k)
		}
		return set, nil
	})
	switch {
	case unavailable != nil:
		return nil, unavailable
	case err != nil:
		return nil, reasonOf(err)
	}
	return claims, nil
}

// maxDate is how many seconds a date of a token may be before or after 1970: as many as JSON
// carries exactly (RFC 7493). The parser makes an int64 of them, and a date beyond that, such as
// 1e300, would wrap to one of any year.
const maxDate = 1 << 53

// datesFit reports whether the dates of a token are dates as far as they are numbers.
func datesFit(claims jwt.MapClaims) bool {
	for _, name := range []string{"exp", "nbf", "iat"} {
		number, ok := claims[name].(json.Number)
		if !ok {
			continue
		}
		if seconds, err := number.Float64(); err != nil || math.Abs(seconds) > maxDate {
			return false
		}
	}
	return true
}

// reasonOf says why a token is not valid.
func reasonOf(err error) error {
	var known badToken
	if errors.As(err, &known) {
		return known
	}
	for _, r := range []struct {
		err   error
		words badToken
	}{
		{jwt.ErrTokenMalformed, noToken},
		{jwt.ErrTokenSignatureInvalid, "its signature does not fit, or its algorithm (alg) is not one that its issuer may use here"},
		{jwt.ErrTokenUnverifiable, "its algorithm (alg) is not one that this server knows"},
		{jwt.ErrTokenExpired, "it has expired (exp)"},
		{jwt.ErrTokenNotValidYet, "it is not valid yet (nbf)"},
		{jwt.ErrTokenInvalidAudience, "it is for another audience (aud)"},
		{jwt.ErrTokenInvalidIssuer, unknownIssuer},
		{jwt.ErrTokenRequiredClaimMissing, "it lacks a claim that is needed: iss, aud or exp"},
		{jwt.ErrInvalidType, "a claim is of a type that it cannot be of: exp, nbf and iat are numbers, iss and sub strings, and aud is a string or a list of them"},
	} {
		if errors.Is(err, r.err) {
			return r.words
		}
	}
	return badToken("its claims do not have the form that they should (RFC 7519)")
}

// scopesOf reads the scopes of a token: words with spaces between, or a list. What is
// no scope of this server, such as openid, grants nothing.
func scopesOf(claim any) scopes {
	var words []string
	switch c := claim.(type) {
	case string:
		words = strings.Fields(c)
	case []any:
		for _, item := range c {
			if word, ok := item.(string); ok {
				words = append(words, word)
			}
		}
	}
	var found []Scope
	for _, word := range words {
		if scope, ok := ParseScope(word); ok {
			found = append(found, scope)
		}
	}
	return newScopes(found)
}

// maxSubject is how many bytes of a subject logs have.
const maxSubject = 128

// tokenCaller returns the caller of a token with these claims.
func (f *File) tokenCaller(of *issuer, claims jwt.MapClaims) *Caller {
	needed := map[string]json.RawMessage{}
	for _, name := range f.claimNames() {
		if value, ok := claims[name]; ok {
			if text, err := json.Marshal(value); err == nil {
				needed[name] = text
			}
		}
	}
	subject, _ := claims["sub"].(string)
	if len(subject) > maxSubject {
		subject = strings.ToValidUTF8(subject[:maxSubject], "")
	}
	c := f.newCaller(ByToken, subject, scopesOf(claims[of.scopes]), needed)
	c.account = "token of " + of.name + "\n" + subject
	if l := f.limitOf(c); l != nil {
		c.account += "\n" + l.text
	}
	return c
}

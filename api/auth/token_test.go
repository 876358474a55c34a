package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"herbarium/api/problem"
)

// signer signs tokens with one key.
type signer struct {
	id     string
	method jwt.SigningMethod
	key    crypto.Signer
}

var (
	rsaKey     = sync.OnceValue(func() crypto.Signer { k, _ := rsa.GenerateKey(rand.Reader, 2048); return k })
	weakKey    = sync.OnceValue(func() crypto.Signer { k, _ := rsa.GenerateKey(rand.Reader, 1024); return k })
	otherKey   = sync.OnceValue(func() crypto.Signer { k, _ := rsa.GenerateKey(rand.Reader, 2048); return k })
	ecKey      = sync.OnceValue(func() crypto.Signer { k, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader); return k })
	ec384Key   = sync.OnceValue(func() crypto.Signer { k, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader); return k })
	edwardsKey = sync.OnceValue(func() crypto.Signer { _, k, _ := ed25519.GenerateKey(rand.Reader); return k })
)

// sign makes a token with the claims that the tests' issuer would give it, and others.
func (s signer) sign(t testing.TB, at time.Time, claims map[string]any, header ...string) string {
	t.Helper()
	all := jwt.MapClaims{"iss": "https://id.example.org/", "aud": "herbarium", "sub": "ada", "exp": at.Add(time.Hour).Unix(), "scope": "openid walks:*"}
	maps.Copy(all, claims)
	for name, value := range claims {
		if value == nil {
			delete(all, name)
		}
	}
	token := jwt.NewWithClaims(s.method, all)
	token.Header["kid"] = s.id
	if s.id == "" {
		delete(token.Header, "kid")
	}
	for i := 0; i < len(header); i += 2 {
		token.Header[header[i]] = header[i+1]
	}
	text, err := token.SignedString(s.key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// set is the signers' public keys as JSON.
func set(t testing.TB, all ...signer) string {
	t.Helper()
	var keys jose.JSONWebKeySet
	for _, s := range all {
		keys.Keys = append(keys.Keys, jose.JSONWebKey{Key: s.key.Public(), KeyID: s.id, Use: "sig"})
	}
	text, err := json.Marshal(keys)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// provider is a server of keys.
type provider struct {
	*httptest.Server
	body  atomic.Value // string; "" is down
	asked atomic.Int64
}

func newProvider(t testing.TB, body string) *provider {
	p := &provider{}
	p.body.Store(body)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		text := p.body.Load().(string)
		switch {
		case r.URL.Path == "/away":
			http.Redirect(w, r, "http://id.example.org/jwks.json", http.StatusFound)
		case text == "":
			w.WriteHeader(http.StatusBadGateway)
		default:
			_, _ = w.Write([]byte(text))
		}
	}))
	t.Cleanup(p.Close)
	return p
}

// trusting is an auth file that trusts the issuer of the tests.
func trusting(jwks, algorithms string) string {
	return "jwt:\n  - {issuer: https://id.example.org/, audience: [other, herbarium], jwks: \"" + jwks + "\", algorithms: " + algorithms + "}\n"
}

// clock is a time that tests move.
type clock struct{ nanos atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanos.Store(day.UnixNano())
	return c
}

func (c *clock) now() time.Time        { return time.Unix(0, c.nanos.Load()) }
func (c *clock) move(by time.Duration) { c.nanos.Add(int64(by)) }

const everyAlgorithm = "[RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA]"

func TestTokensOfEveryAlgorithmAreVerified(t *testing.T) {
	all := []signer{
		{"r", jwt.SigningMethodRS256, rsaKey()}, {"r", jwt.SigningMethodRS512, rsaKey()}, {"r", jwt.SigningMethodPS256, rsaKey()},
		{"e", jwt.SigningMethodES256, ecKey()}, {"e3", jwt.SigningMethodES384, ec384Key()}, {"d", jwt.SigningMethodEdDSA, edwardsKey()},
	}
	p := newProvider(t, set(t, all[0], all[3], all[4], all[5]))
	snapshot := snapshotOf(t, walks)
	g := guardOf(t, trusting(p.URL, everyAlgorithm), snapshot, fixed(day))
	for _, s := range all {
		caller, view, wrong := g.admit(snapshot, "Authorization: Bearer "+s.sign(t, day, nil))
		if wrong != nil || caller.String() != "token:ada" || seen(view) != "walks(range stats/mean stats)" {
			t.Errorf("%s: %v", s.method.Alg(), wrong)
		}
		// Without an id, every key of the kind is tried.
		s.id = ""
		if _, _, wrong := g.admit(snapshot, "Authorization: Bearer "+s.sign(t, day, nil)); wrong != nil {
			t.Errorf("%s without kid: %v", s.method.Alg(), wrong)
		}
	}
}

func TestTokensThatAreNotValidAreRefused(t *testing.T) {
	rs, es := signer{"r", jwt.SigningMethodRS256, rsaKey()}, signer{"e", jwt.SigningMethodES256, ecKey()}
	weak := signer{"w", jwt.SigningMethodRS256, weakKey()}
	p := newProvider(t, set(t, rs, es, weak))
	snapshot := snapshotOf(t, walks)
	g := guardOf(t, trusting(p.URL, "[RS256, ES384]"), snapshot, fixed(day))
	public, err := json.Marshal(jose.JSONWebKey{Key: rsaKey().Public()})
	if err != nil {
		t.Fatal(err)
	}
	confused := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": "https://id.example.org/", "aud": "herbarium", "exp": day.Add(time.Hour).Unix(), "scope": "*"})
	confused.Header["kid"] = "r"
	hmacToken, err := confused.SignedString(public)
	if err != nil {
		t.Fatal(err)
	}
	unsigned := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iss": "https://id.example.org/", "aud": "herbarium", "exp": day.Add(time.Hour).Unix(), "scope": "*"})
	none, err := unsigned.SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	valid := rs.sign(t, day, nil)
	parts := strings.Split(valid, ".")
	const badSignature = "its signature does not fit, or its algorithm (alg) is not one that its issuer may use here"
	for _, c := range []struct{ name, token, want string }{
		{"valid", valid, ""},
		{"no scope", rs.sign(t, day, map[string]any{"scope": nil}), ""},
		{"expired, within the skew", rs.sign(t, day, map[string]any{"exp": day.Add(-59 * time.Second).Unix()}), ""},
		{"not yet, within the skew", rs.sign(t, day, map[string]any{"nbf": day.Add(59 * time.Second).Unix()}), ""},
		{"expired", rs.sign(t, day, map[string]any{"exp": day.Add(-61 * time.Second).Unix()}), "it has expired (exp)"},
		{"a number as a string", rs.sign(t, day, map[string]any{"exp": "4102444800"}), "a claim is of a type that it cannot be of"},
		{"not yet", rs.sign(t, day, map[string]any{"nbf": day.Add(61 * time.Second).Unix()}), "it is not valid yet (nbf)"},
		{"far away", rs.sign(t, day, map[string]any{"exp": int64(1 << 53)}), ""},
		{"expires beyond what JSON carries", rs.sign(t, day, map[string]any{"exp": json.Number("9007199254740994")}), "its exp, nbf or iat is no date"},
		{"expires beyond int64", rs.sign(t, day, map[string]any{"exp": json.Number("9223372036854775808")}), "its exp, nbf or iat is no date"},
		{"expires at 1e300", rs.sign(t, day, map[string]any{"exp": 1e300}), "its exp, nbf or iat is no date"},
		{"expires beyond float64", rs.sign(t, day, map[string]any{"exp": json.Number("1e400")}), "its exp, nbf or iat is no date"},
		{"not before 1e300", rs.sign(t, day, map[string]any{"nbf": 1e300}), "its exp, nbf or iat is no date"},
		{"issued at -1e300", rs.sign(t, day, map[string]any{"iat": -1e300}), "its exp, nbf or iat is no date"},
		{"endless", rs.sign(t, day, map[string]any{"exp": nil}), "it lacks a claim that is needed: iss, aud or exp"},
		{"other audience", rs.sign(t, day, map[string]any{"aud": "elsewhere"}), "it is for another audience (aud)"},
		{"one of its audiences", rs.sign(t, day, map[string]any{"aud": []string{"elsewhere", "herbarium"}}), ""},
		{"no audience", rs.sign(t, day, map[string]any{"aud": nil}), "it lacks a claim"},
		{"other issuer", rs.sign(t, day, map[string]any{"iss": "https://id.example.com/"}), "its issuer (iss) is not one that this server trusts"},
		{"no issuer", rs.sign(t, day, map[string]any{"iss": nil}), "its issuer (iss) is not one that this server trusts"},
		{"issuer of another type", rs.sign(t, day, map[string]any{"iss": []string{"https://id.example.org/"}}), "its issuer (iss) is not one"},
		{"algorithm that is not allowed", es.sign(t, day, nil), badSignature},
		{"shared secret", hmacToken, badSignature},
		{"unsigned", none, badSignature},
		{"another key", signer{"r", jwt.SigningMethodRS256, otherKey()}.sign(t, day, nil), badSignature},
		{"key of another curve", signer{"e", jwt.SigningMethodES384, ec384Key()}.sign(t, day, nil), "no key of its issuer fits its kid and alg"},
		{"short key", weak.sign(t, day, nil), "no key of its issuer fits its kid and alg"},
		{"unknown key", signer{"x", jwt.SigningMethodRS256, rsaKey()}.sign(t, day, nil), "no key of its issuer fits its kid and alg"},
		{"critical header", rs.sign(t, day, nil, "crit", "b64"), "it has critical headers (crit), which this server does not know"},
		{"changed", parts[0] + "." + parts[1][:len(parts[1])-4] + "AAAA." + parts[2], "neither a key of this server nor a JSON Web Token"},
		{"without signature", parts[0] + "." + parts[1] + ".", badSignature},
		{"two parts", parts[0] + "." + parts[1], "neither a key of this server nor a JSON Web Token"},
	} {
		_, _, wrong := g.admit(snapshot, "Authorization: Bearer "+c.token)
		if c.want == "" && wrong != nil || c.want != "" && (wrong == nil || wrong.Code != problem.Unauthenticated || !strings.Contains(wrong.Detail, c.want)) {
			t.Errorf("%s: %v, want %s", c.name, wrong, c.want)
		}
	}
}

func TestKeysRotateAndAnUnknownOneCausesAFetchAMinute(t *testing.T) {
	first, second := signer{"1", jwt.SigningMethodRS256, rsaKey()}, signer{"2", jwt.SigningMethodES256, ecKey()}
	p := newProvider(t, set(t, first))
	snapshot, c := snapshotOf(t, walks), newClock()
	g := guardOf(t, trusting(p.URL, everyAlgorithm), snapshot, c.now)
	ask := func(s signer) *problem.Error {
		_, _, wrong := g.admit(snapshot, "Authorization: Bearer "+s.sign(t, c.now(), nil))
		return wrong
	}
	if wrong := ask(first); wrong != nil {
		t.Fatal(wrong)
	}
	p.body.Store(set(t, first, second))
	for range 5 {
		if wrong := ask(second); wrong == nil || p.asked.Load() != 1 {
			t.Fatalf("%v after %d fetches", wrong, p.asked.Load())
		}
	}
	c.move(time.Minute)
	if wrong := ask(second); wrong != nil || p.asked.Load() != 2 {
		t.Fatalf("%v after %d fetches", wrong, p.asked.Load())
	}
	for range 5 {
		if wrong := ask(signer{"3", jwt.SigningMethodRS256, otherKey()}); wrong == nil || p.asked.Load() != 2 {
			t.Fatalf("%v after %d fetches", wrong, p.asked.Load())
		}
	}
	// A key that was withdrawn ends when the set is old.
	p.body.Store(set(t, second))
	c.move(refreshAfter)
	for end := time.Now().Add(time.Minute); ask(first) == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the key is still taken")
		}
	}
	if wrong := ask(second); wrong != nil {
		t.Error(wrong)
	}
}

func TestKeysThatWereReadLastWhileTheirServerIsDown(t *testing.T) {
	rs := signer{"1", jwt.SigningMethodRS256, rsaKey()}
	p := newProvider(t, set(t, rs))
	snapshot, c := snapshotOf(t, walks), newClock()
	g := guardOf(t, trusting(p.URL, everyAlgorithm), snapshot, c.now)
	for range 10 {
		if _, _, wrong := g.admit(snapshot, "Authorization: Bearer "+rs.sign(t, c.now(), nil)); wrong != nil {
			t.Fatal(wrong)
		}
		p.body.Store("")
		c.move(time.Hour)
	}
	// The fetches are in the background.
	for end := time.Now().Add(time.Minute); !strings.Contains(g.log.String(), "502 Bad Gateway"); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(g.log)
		}
	}
	if _, _, wrong := g.admit(snapshot, "Authorization: Bearer "+rs.sign(t, c.now(), nil)); wrong != nil {
		t.Error(wrong)
	}
}

func TestWithoutKeysTokensCannotBeCheckedAndOthersCanAsk(t *testing.T) {
	rs := signer{"1", jwt.SigningMethodRS256, rsaKey()}
	p := newProvider(t, "")
	snapshot, c := snapshotOf(t, walks), newClock()
	g := guardOf(t, trusting(p.URL, everyAlgorithm)+"anonymous: [\"walks:range\"]\n", snapshot, c.now)
	for range 3 {
		_, _, wrong := g.admit(snapshot, "Authorization: Bearer "+rs.sign(t, c.now(), nil))
		if wrong == nil || wrong.Code != problem.AuthUnavailable || wrong.RetryAfter != 5*time.Second || p.asked.Load() != 1 {
			t.Fatalf("%v after %d fetches", wrong, p.asked.Load())
		}
	}
	if _, view, wrong := g.admit(snapshot); wrong != nil || seen(view) != "walks(range)" {
		t.Error(wrong)
	}
	p.body.Store(set(t, rs))
	c.move(5 * time.Second)
	if _, _, wrong := g.admit(snapshot, "Authorization: Bearer "+rs.sign(t, c.now(), nil)); wrong != nil {
		t.Error(wrong)
	}
}

func TestWhatIsNoSetOfPublicKeysIsNotTaken(t *testing.T) {
	private, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: rsaKey(), KeyID: "1"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		{"", "this is no set of keys"},
		{"[]", "this is no set of keys"},
		{`{"keys":[]}`, "there is no key for signatures"},
		{`{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"1"}]}`, "there is no key for signatures"},
		{string(private), "keys[0] is a private key"},
		{`{"keys":[` + strings.Repeat(" ", maxKeys), "larger than 1048576 bytes"},
	} {
		if _, err := readKeys(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60s: %v", c.text, err)
		}
	}
}

func TestKeysAreNotFetchedFromWhereARedirectLeadsToPlainHTTP(t *testing.T) {
	p := newProvider(t, "unused")
	rs := signer{"1", jwt.SigningMethodRS256, rsaKey()}
	snapshot := snapshotOf(t, walks)
	g := guardOf(t, trusting(p.URL+"/away", everyAlgorithm), snapshot, fixed(day))
	if _, _, wrong := g.admit(snapshot, "Authorization: Bearer "+rs.sign(t, day, nil)); wrong == nil || wrong.Code != problem.AuthUnavailable {
		t.Error(wrong)
	}
	if !strings.Contains(g.log.String(), "plain http is for this machine alone") {
		t.Error(g.log)
	}
}

func TestAFileOfKeysIsFollowed(t *testing.T) {
	first, second := signer{"1", jwt.SigningMethodRS256, rsaKey()}, signer{"2", jwt.SigningMethodES256, ecKey()}
	snapshot := snapshotOf(t, walks)
	g := guardOf(t, trusting("jwks.json", everyAlgorithm), snapshot, fixed(day))
	if !g.Blocked() || !strings.Contains(g.log.String(), "jwt[0].jwks: the keys cannot be read") {
		t.Error(g.log)
	}
	ask := func(s signer) *problem.Error {
		_, _, wrong := g.admit(snapshot, "Authorization: Bearer "+s.sign(t, day, nil))
		return wrong
	}
	file := filepath.Join(filepath.Dir(g.path), "jwks.json")
	write(t, file, set(t, first))
	g.refresh()
	if wrong := ask(first); wrong != nil {
		t.Error(wrong)
	}
	write(t, file, set(t, second))
	g.refresh()
	if ask(first) == nil || ask(second) != nil {
		t.Error("the keys are not those of the file")
	}
	write(t, file, "torn")
	g.refresh()
	if wrong := ask(second); wrong != nil {
		t.Error(wrong)
	}
}

func TestEachIssuerHasItsOwnKeysAndAlgorithms(t *testing.T) {
	rs, es := signer{"1", jwt.SigningMethodRS256, rsaKey()}, signer{"1", jwt.SigningMethodES256, ecKey()}
	p, q := newProvider(t, set(t, rs)), newProvider(t, set(t, es))
	snapshot := snapshotOf(t, walks)
	g := guardOf(t, trusting(p.URL, "[RS256]")+"  - {issuer: https://other.example.org/, audience: h, jwks: \""+q.URL+"\", algorithms: [ES256], scopes: roles}\n", snapshot, fixed(day))
	other := map[string]any{"iss": "https://other.example.org/", "aud": "h", "roles": []any{"walks:range", 7, "reader"}}
	if _, view, wrong := g.admit(snapshot, "Authorization: Bearer "+es.sign(t, day, other)); wrong != nil || seen(view) != "walks(range)" {
		t.Error(wrong)
	}
	if _, view, wrong := g.admit(snapshot, "Authorization: Bearer "+rs.sign(t, day, nil)); wrong != nil || seen(view) != "walks(range stats/mean stats)" {
		t.Error(wrong)
	}
	for name, token := range map[string]string{"key of the other": es.sign(t, day, nil), "for the other": rs.sign(t, day, other)} {
		if _, _, wrong := g.admit(snapshot, "Authorization: Bearer "+token); wrong == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestTokensOfOtherIssuersAndForOtherLimitsAreCountedApart(t *testing.T) {
	rs := signer{"1", jwt.SigningMethodRS256, rsaKey()}
	p := newProvider(t, set(t, rs))
	snapshot := snapshotOf(t, walks)
	g := guardOf(t, trusting(p.URL, "[RS256]")+"  - {issuer: https://other.example.org/, audience: herbarium, jwks: \""+p.URL+"\", algorithms: [RS256]}\n"+
		"limits:\n  - {for: \"scope:walks:fast\", rate: 9/s}\n  - {for: \"*\", rate: 1/s}\n", snapshot, fixed(day))
	account := func(claims map[string]any) string {
		t.Helper()
		c, _, wrong := g.admit(snapshot, "Authorization: Bearer "+rs.sign(t, day, claims))
		if wrong != nil {
			t.Fatal(wrong)
		}
		if c.Rule() == nil {
			t.Error("there is no limit")
		}
		return c.Account()
	}
	one := account(map[string]any{"sub": "ann", "scope": "walks:range"})
	if again := account(map[string]any{"sub": "ann", "scope": "walks:stats"}); again != one {
		t.Errorf("tokens of one caller under one limit are counted as %q and %q", one, again)
	}
	for _, claims := range []map[string]any{
		{"sub": "bob", "scope": "walks:range"},
		{"sub": "ann", "scope": "walks:range", "iss": "https://other.example.org/"},
		{"sub": "ann", "scope": "walks:range walks:fast"},
	} {
		if other := account(claims); other == one {
			t.Errorf("%v is counted as %q too", claims, one)
		}
	}
}

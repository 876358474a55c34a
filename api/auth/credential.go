package auth

import (
	"net/http"
	"net/url"
	"strings"

	"herbarium/api/problem"
)

// keyHeader is the header of an API key, beside Authorization.
const keyHeader = "X-Api-Key"

// credentialOf returns the key or the token of a request; "" if it has none.
func credentialOf(h http.Header) (string, error) {
	authorizations, keys := h["Authorization"], h[keyHeader]
	if authorizations == nil && keys == nil {
		return "", nil
	}
	var found []string
	for _, line := range authorizations {
		scheme, text, _ := strings.Cut(line, " ")
		text = strings.Trim(text, " ")
		if !strings.EqualFold(scheme, "Bearer") || text == "" || strings.ContainsAny(text, " ,") {
			return "", Refused("Authorization takes Bearer and a key or a token, and nothing else")
		}
		found = append(found, text)
	}
	for _, text := range keys {
		if text = strings.TrimSpace(text); !strings.HasPrefix(text, keyPrefix) {
			return "", Refused("X-API-Key takes a key of this server; a token goes into Authorization: Bearer")
		}
		found = append(found, text)
	}
	for _, text := range found[1:] {
		if text != found[0] {
			return "", &problem.Error{Code: problem.TwoCredentials,
				Detail: "the request has several credentials in Authorization and X-API-Key, and they differ; send one"}
		}
	}
	return found[0], nil
}

// credentialParameters are the parameters of URLs in which other services take
// credentials.
var credentialParameters = map[string]bool{"access_token": true, "api_key": true, "apikey": true, "x-api-key": true}

// InURL reports whether a URL has a credential in it, and returns the URL without. A
// URL gets into logs, histories and Referer, so a credential in one is as good as
// published.
func InURL(u *url.URL) (clean *url.URL, found bool) {
	path, query := u.Path, u.RawQuery
	if !suspicious(path) && !suspicious(query) && !strings.ContainsRune(query, '%') && !strings.ContainsRune(u.RawPath, '%') {
		return u, false
	}
	c := *u
	if cleaned := Redact(path); cleaned != path {
		c.Path, c.RawPath, found = cleaned, "", true
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		plain := pair
		if decoded, err := url.QueryUnescape(pair); err == nil {
			plain = decoded
		}
		if decoded, err := url.QueryUnescape(name); err == nil {
			name = decoded
		}
		switch {
		case credentialParameters[strings.ToLower(name)] && value != "":
			pairs[i], found = url.QueryEscape(name)+"="+url.QueryEscape(redacted), true
		case Redact(plain) != plain || Redact(pair) != pair:
			pairs[i], found = url.QueryEscape(redacted), true
		}
	}
	if !found {
		return u, false
	}
	c.RawQuery = strings.Join(pairs, "&")
	return &c, true
}

// suspicious reports whether a text may have a credential, or the name of a
// parameter for one.
func suspicious(text string) bool {
	if text == "" || text == "/" {
		return false
	}
	return strings.Contains(text, keyPrefix) || strings.Contains(text, "eyJ") ||
		containsFold(text, "access_token") || containsFold(text, "api_key") || containsFold(text, "apikey") || containsFold(text, "api-key")
}

func containsFold(text, part string) bool {
	for i := 0; i+len(part) <= len(text); i++ {
		if strings.EqualFold(text[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

// MisplacedCredential is the problem of a credential in a URL.
func MisplacedCredential() *problem.Error {
	return &problem.Error{Code: problem.CredentialInURL, Detail: "a key or a token is in the URL, where logs and histories keep it; " +
		"send it as Authorization: Bearer or X-API-Key, and replace this one: herbarium key revoke, then herbarium key new"}
}

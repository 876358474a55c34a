package auth

import (
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"herbarium/datasets"
	"herbarium/schemas"
)

// issuer is who signs tokens, and what the server takes of it.
type issuer struct {
	place
	name       string
	audiences  []string
	jwks       string // a URL, or a path relative to the auth file
	remote     bool   // jwks is a URL
	algorithms []string
	scopes     string // the claim that has the scopes
	skew       time.Duration
}

// The keys of an issuer.
var issuerKeys = []string{"issuer", "audience", "jwks", "algorithms", "scopes", "skew"}

// signatures are the algorithms that can be allowed (RFC 7518, RFC 8037), all of them
// with a public key. Those of a shared secret are not among them, nor is none.
var signatures = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

const (
	defaultSkew = time.Minute
	maxSkew     = 10 * time.Minute
)

// issuer reads an issuer.
func (p *parser) issuer(n *yaml.Node, path string) {
	entries := byName(p.Mapping(n, path, issuerKeys))
	if !p.required(n, path, entries, map[string]string{"issuer": "the issuer, which is the claim iss of its tokens,",
		"audience": "the audience, which is the claim aud of tokens for this server,", "jwks": "the URL or the file of the issuer's public keys",
		"algorithms": "what tokens may be signed with, as algorithms: [RS256],"}) {
		return
	}
	one := &issuer{place: place{n, path}, scopes: "scope", skew: defaultSkew}
	one.name, _ = p.Text(entries["issuer"].Value, path+".issuer")
	if one.name == "" {
		p.Fault(entries["issuer"].Value, path+".issuer", "the issuer is empty")
	}
	for _, other := range p.file.issuers {
		if other.name == one.name {
			p.Fault(entries["issuer"].Value, path+".issuer", "the issuer is on line %d already; give its audiences and algorithms there, as lists", other.node.Line)
		}
	}
	one.audiences = p.oneOrMore(entries["audience"].Value, path+".audience")
	one.jwks, _ = p.Text(entries["jwks"].Value, path+".jwks")
	p.source(one, entries["jwks"].Value, path+".jwks")
	one.algorithms = p.algorithms(entries["algorithms"].Value, path+".algorithms")
	if e, ok := entries["scopes"]; ok {
		if one.scopes, ok = p.Text(e.Value, path+".scopes"); ok && one.scopes == "" {
			p.Fault(e.Value, path+".scopes", "the name of the claim that has the scopes belongs here, such as scope")
		}
	}
	if e, ok := entries["skew"]; ok {
		if text, ok := p.Text(e.Value, path+".skew"); ok {
			skew, err := time.ParseDuration(text)
			if err != nil || skew < 0 || skew > maxSkew {
				p.Fault(e.Value, path+".skew", "a duration from 0s to %v belongs here, not %s", maxSkew, datasets.DescribeValue(e.Value))
			}
			one.skew = skew
		}
	}
	p.file.issuers = append(p.file.issuers, one)
}

// oneOrMore reads a string, or a list of them.
func (p *parser) oneOrMore(n *yaml.Node, path string) []string {
	if n.Kind != yaml.SequenceNode {
		text, ok := p.Text(n, path)
		if ok && text == "" {
			p.Fault(n, path, "the string is empty")
		}
		return []string{text}
	}
	var found []string
	for _, it := range p.Texts(n, path) {
		found = append(found, it.Text)
	}
	if len(n.Content) == 0 {
		p.Fault(n, path, "the list is empty")
	}
	return found
}

// algorithms reads the algorithms that tokens may be signed with.
func (p *parser) algorithms(n *yaml.Node, path string) []string {
	var found []string
	for _, it := range p.Texts(n, path) {
		if !slices.Contains(signatures, it.Text) {
			reason := "there is no algorithm " + datasets.DescribeValue(it.Node)
			if strings.HasPrefix(it.Text, "HS") || strings.EqualFold(it.Text, "none") {
				reason = it.Text + " does not prove who signed a token"
			}
			p.Fault(it.Node, it.Path, "%s%s; allowed: %s", reason, schemas.DidYouMean(it.Text, signatures), strings.Join(signatures, ", "))
			continue
		}
		found = append(found, it.Text)
	}
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		p.Fault(n, path, "the list is empty; allowed: %s", strings.Join(signatures, ", "))
	}
	return found
}

// source reads where the issuer's keys are.
func (p *parser) source(one *issuer, n *yaml.Node, path string) {
	one.remote = strings.Contains(one.jwks, "://")
	switch {
	case one.jwks == "":
		p.Fault(n, path, "a URL or the path of a file belongs here")
	case one.remote:
		if err := checkKeysURL(one.jwks); err != "" {
			p.Fault(n, path, "%s", err)
		}
	}
}

// checkKeysURL says what is wrong with the URL of keys, or "". Who can change them on
// their way can sign tokens, so plain HTTP is for the same machine only.
func checkKeysURL(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return "this is no URL; write one such as https://id.example.org/jwks.json, or the path of a file"
	case u.User != nil:
		return "the URL has a user or a password, which would be logged; leave it out"
	case u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()):
		return ""
	}
	return "keys are fetched by https; plain http is for this machine alone (127.0.0.1, [::1], localhost)"
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

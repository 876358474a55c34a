package api

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Each proxy adds the address that it was asked from to the end of X-Forwarded-For, or
// of Forwarded (RFC 7239). What the client sent itself stands before. So the list is
// read from its end, past the addresses of trusted proxies, and the first other one is
// the client's: it is the last that a trusted proxy wrote. Nothing further to the
// front is believed.

// clientAddr returns the address of the client: the peer's, or that of which trusted
// proxies tell. It is invalid for a Unix socket of which no proxy tells.
func (s *Server) clientAddr(r *http.Request) netip.Addr {
	peer := addrOf(r.RemoteAddr)
	if !s.options.trustsProxies() || !s.trusts(r) {
		return peer
	}
	usual, standard := r.Header["X-Forwarded-For"], r.Header["Forwarded"]
	switch {
	case len(standard) == 0:
		return s.lastUntrusted(peer, forwardedHops(usual))
	case len(usual) == 0:
		return s.lastUntrusted(peer, forwardedFor(standard))
	}
	// The proxy may write only one of them, and pass on the client's other.
	client := s.lastUntrusted(peer, forwardedHops(usual))
	if client != s.lastUntrusted(peer, forwardedFor(standard)) {
		return peer
	}
	return client
}

// lastUntrusted returns the last of the hops that is not a trusted proxy's, or else
// the first. A hop without an address ends the list: what is before it says nothing
// of those behind it.
func (s *Server) lastUntrusted(peer netip.Addr, hops []string) netip.Addr {
	client := peer
	for _, hop := range slices.Backward(hops) {
		addr := addrOf(hop)
		if !addr.IsValid() {
			return client
		}
		if client = addr; !s.trustsAddr(addr) {
			return client
		}
	}
	return client
}

// trustsAddr reports whether the address is a trusted proxy's.
func (s *Server) trustsAddr(addr netip.Addr) bool {
	return slices.ContainsFunc(s.options.TrustedProxies, func(network netip.Prefix) bool { return network.Contains(addr) })
}

// addrOf reads an address, with or without a port, an IPv6 one with or without
// brackets. It is invalid if there is none.
func addrOf(text string) netip.Addr {
	if addr, err := netip.ParseAddrPort(text); err == nil {
		return addr.Addr().Unmap().WithZone("")
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		if text, ok = strings.CutSuffix(inner, "]"); !ok || !strings.Contains(text, ":") {
			return netip.Addr{}
		}
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

// forwardedHops returns the elements of X-Forwarded-For. Its lines are one list.
func forwardedHops(lines []string) (hops []string) {
	for _, line := range lines {
		for hop := range strings.SplitSeq(line, ",") {
			hops = append(hops, strings.TrimSpace(hop))
		}
	}
	return hops
}

// forwardedFor returns the parameter "for" of each element of Forwarded, which is
// empty where an element has none or more than one, or is malformed.
func forwardedFor(lines []string) (hops []string) {
	for _, line := range lines {
		for {
			var element string
			element, line = cutUnquoted(line, ',')
			hops = append(hops, forParameter(element))
			if line == "" {
				break
			}
		}
	}
	return hops
}

// forParameter returns the parameter "for" of an element of Forwarded.
func forParameter(element string) (hop string) {
	for element != "" {
		var pair string
		pair, element = cutUnquoted(element, ';')
		name, value, _ := strings.Cut(pair, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "for") {
			continue
		}
		if hop != "" {
			return ""
		}
		hop = unquoted(strings.TrimSpace(value))
	}
	return hop
}

// cutUnquoted cuts text at the first separator that is not in a quoted string.
func cutUnquoted(text string, separator byte) (before, after string) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case !quoted && c == separator:
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

// unquoted returns what a token or a quoted string (RFC 9110, 5.6.4) stands for, or
// "" if it is malformed.
func unquoted(value string) string {
	inner, ok := strings.CutPrefix(value, `"`)
	if !ok {
		return value
	}
	if inner, ok = strings.CutSuffix(inner, `"`); !ok {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		if inner[i] == '\\' {
			if i++; i == len(inner) {
				return ""
			}
		}
		b.WriteByte(inner[i])
	}
	return b.String()
}

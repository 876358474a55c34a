package main

import (
	"fmt"
	"net/netip"
	"strings"
)

// proxies is a flag for networks, addresses and "unix", separated by commas or given
// several times.
type proxies struct {
	networks []netip.Prefix
	unix     bool
}

// String returns what Set read.
func (p *proxies) String() string {
	var all []string
	for _, network := range p.networks {
		all = append(all, network.String())
	}
	if p.unix {
		all = append(all, "unix")
	}
	return strings.Join(all, ",")
}

// Set adds networks, addresses or "unix".
func (p *proxies) Set(text string) error {
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one == "unix" {
			p.unix = true
			continue
		}
		if addr, err := netip.ParseAddr(one); err == nil {
			addr = addr.Unmap().WithZone("")
			p.networks = append(p.networks, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		network, err := netip.ParsePrefix(one)
		if err != nil {
			return fmt.Errorf("a proxy is a network such as 10.0.0.0/8, an address such as 127.0.0.1, or unix, not %q", one)
		}
		p.networks = append(p.networks, network)
	}
	return nil
}

// Type names the value in help texts.
func (p *proxies) Type() string { return "proxies" }

package loaders

import "sync/atomic"

// Progress counts what a load has read so far. It may be read while the load
// runs. A nil Progress counts nothing.
type Progress struct{ bytes, rows, rejected atomic.Int64 }

// Bytes returns how many bytes of the sources were read, before decompression.
func (p *Progress) Bytes() int64 { return p.bytes.Load() }

// Rows returns how many rows were checked.
func (p *Progress) Rows() int64 { return p.rows.Load() }

// Rejected returns how many of them have faults.
func (p *Progress) Rejected() int64 { return p.rejected.Load() }

func (p *Progress) read(n int) {
	if p != nil {
		p.bytes.Add(int64(n))
	}
}

func (p *Progress) checked(rows, rejected int64) {
	if p != nil {
		p.rows.Add(rows)
		p.rejected.Add(rejected)
	}
}

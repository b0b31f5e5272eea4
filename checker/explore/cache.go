package explore

// cache maps keys, none of which is 0, to numbers. It belongs to one worker. It is emptied when it holds too much,
// so what it holds must be computable again.
type cache struct {
	keys   []uint64
	values []uint32
	used   int
}

func newCache() *cache { return &cache{keys: make([]uint64, 1<<12), values: make([]uint32, 1<<12)} }

// find returns where key is, or would be put.
func (c *cache) find(key uint64) (at int, ok bool) {
	last := len(c.keys) - 1
	for at = int(mix(key)) & last; ; at = (at + 1) & last {
		switch c.keys[at] {
		case key:
			return at, true
		case 0:
			return at, false
		}
	}
}

func (c *cache) get(key uint64) (uint32, bool) {
	at, ok := c.find(key)
	return c.values[at], ok
}

func (c *cache) put(key uint64, value uint32) {
	if 3*c.used > 2*len(c.keys) {
		old := *c
		c.keys, c.values, c.used = make([]uint64, 2*len(c.keys)), make([]uint32, 2*len(c.keys)), 0
		for i, k := range old.keys {
			if k != 0 {
				c.put(k, old.values[i])
			}
		}
	}
	at, ok := c.find(key)
	if !ok {
		c.used++
	}
	c.keys[at], c.values[at] = key, value
}

func (c *cache) reset() {
	clear(c.keys)
	c.used = 0
}

// mix is a bijection of 64-bit words that spreads every bit (Stafford's variant 13, as in SplitMix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

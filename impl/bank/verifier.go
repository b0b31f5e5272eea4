package bank

import (
	"crypto/ed25519"
	"strings"
	"sync"
)

// Verifier remembers which deposits verified. Each node of a cluster verifies each deposit, and verification is a
// pure function of key, message and signature: nodes that run in one process can share the work without sharing state.
// It is safe for concurrent use. A nil Verifier remembers nothing.
type Verifier struct {
	mutex    sync.Mutex
	capacity int
	recent   map[signed]bool
	previous map[signed]bool // the generation before recent: evicted as a whole, so eviction is simple and cheap
	misses   uint64
}

// signed identifies a verification. A deposit's text holds the message and the signature, both in canonical form.
type signed struct {
	key     [ed25519.PublicKeySize]byte
	deposit string
}

// NewVerifier returns a verifier that remembers at least capacity and at most twice capacity deposits (about 400 bytes
// each). A capacity below 1 counts as 1.
func NewVerifier(capacity int) *Verifier {
	return &Verifier{capacity: max(capacity, 1), recent: map[signed]bool{}}
}

// Misses returns how many deposits had to be verified by arithmetic.
func (v *Verifier) Misses() uint64 {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return v.misses
}

// verify checks a deposit whose first messageLength bytes are signed, and which ends in a space and the signature.
func (v *Verifier) verify(key [ed25519.PublicKeySize]byte, deposit string, messageLength int) bool {
	if v == nil {
		return verify(key, deposit, messageLength)
	}
	id := signed{key, deposit}
	if valid, known := v.look(id); known {
		return valid
	}
	valid := verify(key, deposit, messageLength) // outside the lock: this is the slow part
	v.remember(id, valid)
	return valid
}

func (v *Verifier) look(id signed) (valid, known bool) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	if valid, known = v.recent[id]; known {
		return valid, true
	}
	valid, known = v.previous[id]
	return valid, known
}

func (v *Verifier) remember(id signed, valid bool) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.misses++
	if len(v.recent) >= v.capacity {
		v.previous, v.recent = v.recent, make(map[signed]bool, v.capacity)
	}
	id.deposit = strings.Clone(id.deposit) // do not keep a message buffer alive
	v.recent[id] = valid
}

func verify(key [ed25519.PublicKeySize]byte, deposit string, messageLength int) bool {
	signature, err := encoding.DecodeString(deposit[messageLength+1:])
	return err == nil && len(signature) == ed25519.SignatureSize &&
		ed25519.Verify(key[:], []byte(deposit[:messageLength]), signature)
}

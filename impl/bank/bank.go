// Package bank is the replicated state machine of the project: accounts that hold integer amounts.
//
// Operations and answers are single lines of printable ASCII, their fields separated by single spaces, so that they
// read well in ladders and traces and parse without allocation:
//
//	deposit <account> <amount> <signature>     ok <balance>
//	transfer <source> <destination> <amount>   ok <source balance> <destination balance>
//	get-balance <account>                      ok <balance>
//
// An operation that is well formed but not allowed answers `refused <reason> …`; one that is not well formed answers
// `error <reason>`. Neither changes the bank. Changes answer the balances they leave behind: an answer that says more
// makes a history of answers far cheaper to check.
//
// A Bank is a deterministic function of its snapshot and the operations applied to it. It uses no clock, no random
// source and no map, so nothing depends on iteration order.
package bank

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// version is the second field of a snapshot; it changes when the format of snapshots does.
const version = "1"

// encoding of keys and signatures. Strict: one signature has one text, so equal operations are equal strings.
var encoding = base64.RawURLEncoding.Strict()

// Bank is the state: balances in the smallest unit, and the public key of the teller who signs deposits.
// The zero Bank is empty and has no teller, so it refuses every deposit until Restore gives it one.
// A Bank is not safe for concurrent use.
type Bank struct {
	teller   [ed25519.PublicKeySize]byte
	verifier *Verifier
	accounts []account // sorted by name, names unique: canonical, and copied by one allocation
}

type account struct {
	name    string
	balance int64
}

// Option configures New.
type Option func(*Bank)

// WithVerifier makes the bank remember verified signatures in v, which many banks may share.
// Without it each deposit is verified anew, which takes about 55 µs.
func WithVerifier(v *Verifier) Option {
	return func(b *Bank) { b.verifier = v }
}

// WithAccount opens an account with a balance. It panics on a name or balance that no bank can hold.
func WithAccount(name string, balance int64) Option {
	return func(b *Bank) {
		if !validAccount(name) || balance < 0 {
			panic(fmt.Sprintf("bank: account %q with balance %d: want 1..%d of [A-Za-z0-9_.-] and a balance of at least 0",
				name, balance, MaxAccount))
		}
		*b.open(name) = balance
	}
}

// New returns a bank whose deposits teller signs. It panics if teller is not an Ed25519 public key.
func New(teller ed25519.PublicKey, options ...Option) *Bank {
	if len(teller) != ed25519.PublicKeySize {
		panic(fmt.Sprintf("bank: teller key has %d bytes, want %d", len(teller), ed25519.PublicKeySize))
	}
	b := &Bank{teller: [ed25519.PublicKeySize]byte(teller)}
	for _, option := range options {
		option(b)
	}
	return b
}

// Apply executes one operation and returns its answer. It never panics.
func (b *Bank) Apply(input string) (output string) {
	op, slug := parse(input)
	if slug != "" {
		return "error " + slug
	}
	switch op.Verb {
	case VerbDeposit:
		return b.deposit(op, input)
	case VerbTransfer:
		return b.transfer(op)
	default:
		return b.getBalance(op)
	}
}

// deposit checks what is cheap before the signature. The signature carries no serial number, as in the published
// system: whoever has seen a deposit can invoke it again as a new operation. Sessions stop retries, not replays.
func (b *Bank) deposit(op Operation, input string) string {
	if op.Amount <= 0 {
		return "refused non-positive-amount"
	}
	if !b.verified(op, input) {
		return "refused wrong-signature"
	}
	balance, known := b.Balance(op.Account)
	if op.Amount > math.MaxInt64-balance {
		return answer1("refused overflow ", balance)
	}
	if !known {
		*b.open(op.Account) = op.Amount
		return answer1("ok ", op.Amount)
	}
	*b.balance(op.Account) += op.Amount
	return answer1("ok ", balance+op.Amount)
}

func (b *Bank) verified(op Operation, input string) bool {
	if b.teller == [ed25519.PublicKeySize]byte{} {
		return false // the zero key is a point of small order: anyone can sign for it
	}
	return b.verifier.verify(b.teller, input, len(input)-len(op.Signature)-1)
}

// transfer refuses a transfer to oneself: it would move nothing, yet its answer would look like a payment.
func (b *Bank) transfer(op Operation) string {
	if op.Amount <= 0 {
		return "refused non-positive-amount"
	}
	if op.Account == op.Destination {
		return "refused self-transfer"
	}
	source, destination := b.balance(op.Account), b.balance(op.Destination)
	if source == nil {
		return "refused unknown-account " + op.Account
	}
	if destination == nil {
		return "refused unknown-account " + op.Destination
	}
	if *source < op.Amount {
		return answer1("refused insufficient-balance ", *source)
	}
	if op.Amount > math.MaxInt64-*destination {
		return answer1("refused overflow ", *destination)
	}
	*source -= op.Amount
	*destination += op.Amount
	return answer2("ok ", *source, *destination)
}

func (b *Bank) getBalance(op Operation) string {
	balance, known := b.Balance(op.Account)
	if !known {
		return "refused unknown-account " + op.Account
	}
	return answer1("ok ", balance)
}

// Balance returns the balance of an account in the smallest unit, and whether the account exists.
func (b *Bank) Balance(name string) (balance int64, known bool) {
	if p := b.balance(name); p != nil {
		return *p, true
	}
	return 0, false
}

// Total returns the sum of all balances, which transfers never change.
// It returns false when the sum exceeds an int64.
func (b *Bank) Total() (total int64, fits bool) {
	for _, a := range b.accounts {
		if a.balance > math.MaxInt64-total {
			return 0, false
		}
		total += a.balance
	}
	return total, true
}

// balance points into the accounts, or is nil for an unknown account. open invalidates it.
func (b *Bank) balance(name string) *int64 {
	if i, known := b.find(name); known {
		return &b.accounts[i].balance
	}
	return nil
}

// open returns the balance of an account, which it creates if need be, in time linear in the number of accounts.
func (b *Bank) open(name string) *int64 {
	i, known := b.find(name)
	if !known {
		b.accounts = slices.Insert(b.accounts, i, account{name: strings.Clone(name)})
	}
	return &b.accounts[i].balance
}

func (b *Bank) find(name string) (index int, known bool) {
	low, high := 0, len(b.accounts)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if b.accounts[middle].name < name {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < len(b.accounts) && b.accounts[low].name == name
}

// Snapshot returns the state as one line, `bank 1 <teller key> <account>=<balance> …`, accounts in the order of their
// names. Equal states have equal snapshots.
func (b *Bank) Snapshot() string {
	text := make([]byte, 0, 64+24*len(b.accounts))
	text = append(text, "bank "+version+" "...)
	text = encoding.AppendEncode(text, b.teller[:])
	for _, a := range b.accounts {
		text = append(text, ' ')
		text = append(text, a.name...)
		text = append(text, '=')
		text = strconv.AppendInt(text, a.balance, 10)
	}
	return string(text)
}

// Restore replaces the state by that of a snapshot and keeps the verifier. On an error the bank is unchanged.
func (b *Bank) Restore(snapshot string) error {
	restored := Bank{verifier: b.verifier}
	fields := strings.Split(snapshot, " ")
	if len(fields) < 3 || fields[0] != "bank" || fields[1] != version {
		return fmt.Errorf("bank snapshot: want %q, found %.60q", "bank "+version+" <teller key> …", snapshot)
	}
	key, err := encoding.DecodeString(fields[2])
	if err != nil || len(key) != ed25519.PublicKeySize || encoding.EncodeToString(key) != fields[2] {
		return fmt.Errorf("bank snapshot: teller key: want %d bytes in unpadded base64url, found %.60q",
			ed25519.PublicKeySize, fields[2])
	}
	restored.teller = [ed25519.PublicKeySize]byte(key)
	for _, field := range fields[3:] {
		if err := restored.restoreAccount(field); err != nil {
			return err
		}
	}
	*b = restored
	return nil
}

func (b *Bank) restoreAccount(field string) error {
	name, amount, found := strings.Cut(field, "=")
	balance, valid := parseAmount(amount)
	if !found || !validAccount(name) || !valid || balance < 0 {
		return fmt.Errorf("bank snapshot: want <account>=<balance of at least 0>, found %.60q", field)
	}
	if n := len(b.accounts); n > 0 && b.accounts[n-1].name >= name {
		return fmt.Errorf("bank snapshot: account %q after %q: want ascending names", name, b.accounts[n-1].name)
	}
	b.accounts = append(b.accounts, account{strings.Clone(name), balance})
	return nil
}

// Clone returns an independent copy that shares only the verifier.
func (b *Bank) Clone() *Bank {
	clone := *b
	clone.accounts = slices.Clone(b.accounts)
	return &clone
}

// Equal reports whether both banks have the same snapshot.
func (b *Bank) Equal(other *Bank) bool {
	return b.teller == other.teller && slices.Equal(b.accounts, other.accounts)
}

// Hash is equal for equal banks (FNV-1a over names and balances).
func (b *Bank) Hash() uint64 {
	const prime = 1099511628211
	h := uint64(14695981039346656037)
	for _, a := range b.accounts {
		for i := range len(a.name) {
			h = (h ^ uint64(a.name[i])) * prime
		}
		h = (h ^ uint64(a.balance)) * prime
		h ^= h >> 32
	}
	return h
}

func answer1(prefix string, a int64) string {
	var buffer [64]byte
	return string(strconv.AppendInt(append(buffer[:0], prefix...), a, 10))
}

func answer2(prefix string, a, b int64) string {
	var buffer [64]byte
	text := append(strconv.AppendInt(append(buffer[:0], prefix...), a, 10), ' ')
	return string(strconv.AppendInt(text, b, 10))
}

// TellerKey derives a teller's private key from a seed, for runs that must be the same each time. Whoever knows the
// seed has the key: never use it for anything but simulations.
func TellerKey(seed uint64) ed25519.PrivateKey {
	var text [ed25519.SeedSize]byte
	copy(text[:], "multipaxos teller key")
	binary.BigEndian.PutUint64(text[ed25519.SeedSize-8:], seed)
	return ed25519.NewKeyFromSeed(text[:])
}

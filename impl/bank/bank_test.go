package bank

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var key = TellerKey(1)

func newBank(options ...Option) *Bank {
	return New(key.Public().(ed25519.PublicKey), options...)
}

func TestApply(t *testing.T) {
	other := Deposit(TellerKey(2), "alice", 5)
	swapped := strings.Replace(Deposit(key, "alice", 5), " 5 ", " 6 ", 1)
	most := fmt.Sprint(int64(math.MaxInt64))
	b := newBank(WithVerifier(NewVerifier(8)))
	for i, step := range []struct{ input, output string }{
		{"get-balance alice", "refused unknown-account alice"},
		{Deposit(key, "alice", 10), "ok 10"},
		{Deposit(key, "alice", 10), "ok 20"},
		{other, "refused wrong-signature"},
		{swapped, "refused wrong-signature"},
		{Deposit(key, "alice", 0), "refused non-positive-amount"},
		{Deposit(key, "alice", -1), "refused non-positive-amount"},
		{Deposit(key, "alice", math.MaxInt64), "refused overflow 20"},
		{"transfer alice bob 5", "refused unknown-account bob"},
		{"transfer bob alice 5", "refused unknown-account bob"},
		{Deposit(key, "bob", math.MaxInt64), "ok " + most},
		{"transfer alice bob 5", "refused overflow " + most},
		{"transfer bob alice 7", "ok 9223372036854775800 27"},
		{"transfer alice bob 28", "refused insufficient-balance 27"},
		{"transfer alice bob 0", "refused non-positive-amount"},
		{"transfer alice bob -9223372036854775808", "refused non-positive-amount"},
		{"transfer alice alice 1", "refused self-transfer"},
		{"transfer alice bob 7", "ok 20 " + most},
		{"get-balance alice", "ok 20"},
	} {
		require.Equal(t, step.output, b.Apply(step.input), "step %d: %s", i, step.input)
	}
}

func TestMalformedOperationsAreErrorsAndChangeNothing(t *testing.T) {
	deposit := Deposit(key, "a", 1)
	b := newBank(WithAccount("a", 9), WithAccount("b", 9))
	before := b.Snapshot()
	for _, test := range []struct{ input, slug string }{
		{"", "empty"},
		{strings.Repeat("x", MaxOperation+1), "oversize"},
		{"get-balance a\n", "unprintable-character"},
		{"get-balance \xff", "unprintable-character"},
		{"get-balance é", "unprintable-character"},
		{" ", "unknown-verb"},
		{"Get-Balance a", "unknown-verb"},
		{" get-balance a", "unknown-verb"},
		{"get-balance", "wrong-field-count"},
		{"get-balance ", "wrong-field-count"},
		{"get-balance a b", "wrong-field-count"},
		{"get-balance a=b", "bad-account"},
		{"get-balance " + strings.Repeat("a", MaxAccount+1), "bad-account"},
		{"transfer a b", "wrong-field-count"},
		{"transfer a b 1 ", "wrong-field-count"},
		{"transfer a  1", "bad-account"},
		{"transfer a b 1.0", "bad-amount"},
		{"transfer a b +1", "bad-amount"},
		{"transfer a b 01", "bad-amount"},
		{"transfer a b -0", "bad-amount"},
		{"transfer a b -", "bad-amount"},
		{"transfer a b 9223372036854775808", "bad-amount"},
		{"transfer a b -9223372036854775809", "bad-amount"},
		{"transfer a b 18446744073709551617", "bad-amount"},
		{"transfer a b NaN", "bad-amount"},
		{"deposit a 1", "wrong-field-count"},
		{deposit + " x", "wrong-field-count"},
		{deposit + "A", "bad-signature"},
		{deposit[:len(deposit)-1], "bad-signature"},
		{deposit[:len(deposit)-1] + "B", "bad-signature"}, // spare bits set: a second text of one signature
		{deposit[:len(deposit)-1] + "+", "bad-signature"}, // the other base64 alphabet
	} {
		require.Equal(t, "error "+test.slug, b.Apply(test.input), "%q", test.input)
		_, err := Parse(test.input)
		require.ErrorContains(t, err, test.slug)
		require.True(t, ReadOnly(test.input))
	}
	require.Equal(t, before, b.Snapshot())
}

func TestParseInvertsString(t *testing.T) {
	for _, input := range []string{Deposit(key, "a", 1), Transfer("a", "b", math.MinInt64), GetBalance("Z_.-9")} {
		op, err := Parse(input)
		require.NoError(t, err)
		require.Equal(t, input, op.String())
		require.Equal(t, op.Verb == VerbGetBalance, ReadOnly(input))
	}
}

func TestSnapshotRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	for range 200 {
		b := newBank(WithVerifier(NewVerifier(4)))
		for range random.IntN(12) {
			*b.open(fmt.Sprintf("a%d", random.IntN(20))) = random.Int64()
		}
		var restored Bank
		require.NoError(t, restored.Restore(b.Snapshot()))
		require.Equal(t, b.Snapshot(), restored.Snapshot())
		require.True(t, b.Equal(&restored))
		require.Equal(t, b.Hash(), restored.Hash())
		*restored.open("a0") = *b.open("a0") ^ 1
		require.False(t, b.Equal(&restored))
		require.NotEqual(t, b.Snapshot(), restored.Snapshot())
	}
}

func TestRestoreRefusesBadSnapshots(t *testing.T) {
	head := newBank().Snapshot()
	b := newBank(WithAccount("a", 9))
	before := b.Snapshot()
	for _, snapshot := range []string{
		"", "kv 1", "bank", "bank 1", "bank 2" + head[6:], head[:len(head)-1], head + "A", head + " ", head + " a",
		head + " a=", head + " a=-1", head + " a=01", head + " =1", head + " b=1 a=1", head + " a=1 a=1", head + "  a=1",
		head + " a=1\n", head + " a=9223372036854775808", "bank 1 " + strings.Repeat("\n", 43),
	} {
		require.Error(t, b.Restore(snapshot), "%q", snapshot)
		require.Equal(t, before, b.Snapshot())
	}
	require.NoError(t, b.Restore(head+" a=1 b=0"))
}

func TestCloneIsIndependent(t *testing.T) {
	b := newBank(WithAccount("a", 1), WithAccount("b", 1))
	clone := b.Clone()
	require.Equal(t, "ok 0 2", clone.Apply("transfer a b 1"))
	require.Equal(t, "ok 1", b.Apply("get-balance a"))
}

func TestBankWithoutTellerRefusesDeposits(t *testing.T) {
	var b Bank
	require.Equal(t, "refused wrong-signature", b.Apply(Deposit(key, "a", 1)))
	require.Panics(t, func() { New(nil) })
	require.Panics(t, func() { newBank(WithAccount("a b", 1)) })
	require.Panics(t, func() { newBank(WithAccount("a", -1)) })
}

func TestVerifierIsSharedAndBounded(t *testing.T) {
	v := NewVerifier(4)
	for i := range 40 {
		one, two := newBank(WithVerifier(v)), newBank(WithVerifier(v))
		good := Deposit(key, "a", int64(i+1))
		bad := Deposit(TellerKey(2), "a", int64(i+1))
		require.Equal(t, one.Apply(good), two.Apply(good))
		require.Equal(t, "refused wrong-signature", one.Apply(bad))
		require.Equal(t, "refused wrong-signature", two.Apply(bad))
		require.LessOrEqual(t, len(v.recent)+len(v.previous), 8)
	}
	require.Equal(t, uint64(80), v.Misses(), "each deposit is verified once for both banks")

	deposit := Deposit(key, "a", 1)
	require.Equal(t, "ok 1", newBank(WithVerifier(v)).Apply(deposit))
	stranger := New(TellerKey(9).Public().(ed25519.PublicKey), WithVerifier(v))
	require.Equal(t, "refused wrong-signature", stranger.Apply(deposit), "the memo must tell tellers apart")
}

// twin is the bank written the slow and obvious way: patterns, a map and big integers.
type twin map[string]*big.Int

var (
	depositPattern  = regexp.MustCompile(`^deposit ([\w.-]{1,64}) (0|-?[1-9]\d*) ([\w-]{86})$`)
	transferPattern = regexp.MustCompile(`^transfer ([\w.-]{1,64}) ([\w.-]{1,64}) (0|-?[1-9]\d*)$`)
	readPattern     = regexp.MustCompile(`^get-balance ([\w.-]{1,64})$`)
)

func (w twin) apply(input string) string {
	if m := depositPattern.FindStringSubmatch(input); m != nil {
		amount, _ := new(big.Int).SetString(m[2], 10)
		signature, err := base64.RawURLEncoding.DecodeString(m[3])
		switch {
		case !amount.IsInt64() || err != nil || base64.RawURLEncoding.EncodeToString(signature) != m[3]:
			return "error"
		case amount.Sign() <= 0:
			return "refused non-positive-amount"
		case !ed25519.Verify(key.Public().(ed25519.PublicKey), []byte("deposit "+m[1]+" "+m[2]), signature):
			return "refused wrong-signature"
		}
		return w.add(m[1], amount)
	}
	if m := transferPattern.FindStringSubmatch(input); m != nil {
		amount, _ := new(big.Int).SetString(m[3], 10)
		return w.transfer(m[1], m[2], amount)
	}
	if m := readPattern.FindStringSubmatch(input); m != nil {
		if w[m[1]] == nil {
			return "refused unknown-account " + m[1]
		}
		return "ok " + w[m[1]].String()
	}
	return "error"
}

func (w twin) add(account string, amount *big.Int) string {
	old := w[account]
	if old == nil {
		old = new(big.Int)
	}
	sum := new(big.Int).Add(old, amount)
	if !sum.IsInt64() {
		return "refused overflow " + old.String()
	}
	w[account] = sum
	return "ok " + sum.String()
}

func (w twin) transfer(source, destination string, amount *big.Int) string {
	from, to := w[source], w[destination]
	switch {
	case !amount.IsInt64():
		return "error"
	case amount.Sign() <= 0:
		return "refused non-positive-amount"
	case source == destination:
		return "refused self-transfer"
	case from == nil:
		return "refused unknown-account " + source
	case to == nil:
		return "refused unknown-account " + destination
	case from.Cmp(amount) < 0:
		return "refused insufficient-balance " + from.String()
	}
	answer := w.add(destination, amount)
	if strings.HasPrefix(answer, "refused") {
		return answer
	}
	w[source] = new(big.Int).Sub(from, amount)
	return "ok " + w[source].String() + " " + w[destination].String()
}

func (w twin) snapshot() string {
	text := newBank().Snapshot()
	for _, name := range slices.Sorted(maps.Keys(w)) {
		text += " " + name + "=" + w[name].String()
	}
	return text
}

func randomOperation(random *rand.Rand) string {
	account := func() string { return string(rune('a' + random.IntN(4))) }
	amounts := []int64{0, -1, 1, 2, 3, 50, math.MaxInt64, math.MaxInt64 - 5, math.MinInt64}
	amount := amounts[random.IntN(len(amounts))]
	switch random.IntN(5) {
	case 0:
		return Deposit(TellerKey(1+uint64(random.IntN(5)/4)), account(), amount)
	case 1:
		return GetBalance(account())
	default:
		return Transfer(account(), account(), amount)
	}
}

// mutate changes one byte, or drops or doubles one, so that many operations become almost valid.
func mutate(random *rand.Rand, input string) string {
	i := random.IntN(len(input))
	switch random.IntN(3) {
	case 0:
		return input[:i] + string("0 9-a\x00\n=A"[random.IntN(9)]) + input[i+1:]
	case 1:
		return input[:i] + input[i+1:]
	default:
		return input[:i] + input[i:i+1] + input[i:]
	}
}

func TestBankAgreesWithItsTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	seen := map[string]int{}
	for range 300 {
		b, w := newBank(WithVerifier(NewVerifier(64))), twin{}
		for range 100 {
			input := randomOperation(random)
			if random.IntN(8) == 0 {
				input = mutate(random, input)
			}
			want, found := w.apply(input), b.Apply(input)
			if want == "error" {
				require.Truef(t, strings.HasPrefix(found, "error "), "%q: %s", input, found)
			} else {
				require.Equal(t, want, found, "%q", input)
			}
			seen[strings.Join(strings.Fields(found + " -")[:2], " ")]++
			seen[strings.Fields(found)[0]]++
			require.Equal(t, w.snapshot(), b.Snapshot(), "%q", input)
		}
	}
	for _, answer := range []string{"ok", "refused wrong-signature", "refused non-positive-amount", "refused overflow",
		"refused self-transfer", "refused unknown-account", "refused insufficient-balance", "error bad-amount",
		"error bad-account", "error bad-signature", "error unknown-verb", "error wrong-field-count",
		"error unprintable-character"} {
		require.Positive(t, seen[answer], "no operation answered %q", answer)
	}
}

func FuzzApply(f *testing.F) {
	f.Add(Deposit(key, "a", 1))
	f.Add("transfer a b 1")
	f.Add("get-balance a")
	f.Fuzz(func(t *testing.T, input string) {
		b := newBank(WithAccount("a", 5), WithAccount("b", 5))
		before := b.Snapshot()
		output := b.Apply(input)
		ok := strings.HasPrefix(output, "ok ")
		if !ok && b.Snapshot() != before {
			t.Fatalf("%q answered %q and changed %s to %s", input, output, before, b.Snapshot())
		}
		if op, err := Parse(input); err == nil && op.String() != input {
			t.Fatalf("%q parsed and printed is %q", input, op)
		}
	})
}

func BenchmarkApply(b *testing.B) {
	deposit := Deposit(key, "a", 1)
	for _, bench := range []struct {
		name, input string
		verifier    *Verifier
	}{
		{"transfer", "transfer a b 1", nil},
		{"get-balance", "get-balance a", nil},
		{"deposit-memo", deposit, NewVerifier(8)},
		{"deposit-verify", deposit, nil},
		{"malformed", "transfer a b x", nil},
	} {
		b.Run(bench.name, func(b *testing.B) {
			bank := newBank(WithVerifier(bench.verifier), WithAccount("a", 1<<60), WithAccount("b", 0))
			b.ReportAllocs()
			for b.Loop() {
				bank.Apply(bench.input)
			}
		})
	}
}

func BenchmarkClone(b *testing.B) {
	bank := newBank()
	for i := range 10 {
		*bank.open(fmt.Sprintf("account%d", i)) = 100
	}
	b.ReportAllocs()
	for b.Loop() {
		bank = bank.Clone()
	}
}

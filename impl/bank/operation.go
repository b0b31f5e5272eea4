package bank

import (
	"crypto/ed25519"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The verbs of operations.
const (
	VerbDeposit    = "deposit"
	VerbTransfer   = "transfer"
	VerbGetBalance = "get-balance"
)

// Limits of an operation, in bytes. The longest valid operation is a deposit of 180 bytes.
const (
	MaxAccount   = 64
	MaxOperation = 256
)

// signatureText is the length of an Ed25519 signature in unpadded base64url.
const signatureText = (ed25519.SignatureSize*8 + 5) / 6

// Operation is a parsed operation. Strings are parts of the parsed text.
type Operation struct {
	Verb        string
	Account     string // the source of a transfer
	Destination string // of a transfer, else empty
	Amount      int64  // in the smallest unit; 0 for get-balance
	Signature   string // of a deposit, in unpadded base64url, else empty
}

// Deposit builds a deposit, signed with the teller's key.
func Deposit(teller ed25519.PrivateKey, account string, amount int64) string {
	message := VerbDeposit + " " + account + " " + strconv.FormatInt(amount, 10)
	return message + " " + encoding.EncodeToString(ed25519.Sign(teller, []byte(message)))
}

// Transfer builds a transfer.
func Transfer(source, destination string, amount int64) string {
	return VerbTransfer + " " + source + " " + destination + " " + strconv.FormatInt(amount, 10)
}

// GetBalance builds a read.
func GetBalance(account string) string {
	return VerbGetBalance + " " + account
}

// Parse reads an operation; the error names what Apply answers after `error `.
func Parse(input string) (Operation, error) {
	op, slug := parse(input)
	if slug != "" {
		return Operation{}, fmt.Errorf("bank operation %.80q: %s", input, slug)
	}
	return op, nil
}

// ReadOnly reports that an operation changes no bank: a read, or one that is malformed.
func ReadOnly(input string) bool {
	op, slug := parse(input)
	return slug != "" || op.Verb == VerbGetBalance
}

// String is the text that Parse reads.
func (op Operation) String() string {
	switch op.Verb {
	case VerbDeposit:
		return op.Verb + " " + op.Account + " " + strconv.FormatInt(op.Amount, 10) + " " + op.Signature
	case VerbTransfer:
		return Transfer(op.Account, op.Destination, op.Amount)
	default:
		return GetBalance(op.Account)
	}
}

// parse returns a slug that says what is wrong, or "". It does not allocate.
func parse(input string) (op Operation, slug string) {
	if input == "" {
		return op, "empty"
	}
	if len(input) > MaxOperation {
		return op, "oversize"
	}
	for i := range len(input) {
		if input[i] < ' ' || input[i] > '~' {
			return op, "unprintable-character"
		}
	}
	verb, rest, _ := strings.Cut(input, " ")
	switch verb {
	case VerbDeposit:
		return parseDeposit(rest)
	case VerbTransfer:
		return parseTransfer(rest)
	case VerbGetBalance:
		return parseGetBalance(rest)
	}
	return op, "unknown-verb"
}

func parseDeposit(rest string) (op Operation, slug string) {
	account, amount, signature, ok := threeFields(rest)
	if !ok {
		return op, "wrong-field-count"
	}
	if !validAccount(account) {
		return op, "bad-account"
	}
	value, ok := parseAmount(amount)
	if !ok {
		return op, "bad-amount"
	}
	if len(signature) != signatureText || !decodes(signature) {
		return op, "bad-signature"
	}
	return Operation{Verb: VerbDeposit, Account: account, Amount: value, Signature: signature}, ""
}

func parseTransfer(rest string) (op Operation, slug string) {
	source, destination, amount, ok := threeFields(rest)
	if !ok {
		return op, "wrong-field-count"
	}
	if !validAccount(source) || !validAccount(destination) {
		return op, "bad-account"
	}
	value, ok := parseAmount(amount)
	if !ok {
		return op, "bad-amount"
	}
	return Operation{Verb: VerbTransfer, Account: source, Destination: destination, Amount: value}, ""
}

func parseGetBalance(rest string) (op Operation, slug string) {
	if rest == "" || strings.IndexByte(rest, ' ') >= 0 {
		return op, "wrong-field-count"
	}
	if !validAccount(rest) {
		return op, "bad-account"
	}
	return Operation{Verb: VerbGetBalance, Account: rest}, ""
}

func threeFields(text string) (first, second, third string, ok bool) {
	first, text, ok1 := strings.Cut(text, " ")
	second, third, ok2 := strings.Cut(text, " ")
	return first, second, third, ok1 && ok2 && third != "" && strings.IndexByte(third, ' ') < 0
}

func validAccount(name string) bool {
	if name == "" || len(name) > MaxAccount {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '.' || c == '-') {
			return false
		}
	}
	return true
}

// parseAmount reads the one canonical decimal text of an int64: no plus, no leading zeros, no minus zero.
// strconv would allocate its error for each bad amount.
func parseAmount(text string) (int64, bool) {
	digits, negative := strings.CutPrefix(text, "-")
	if digits == "" || len(digits) > 19 || digits[0] == '0' && (len(digits) > 1 || negative) {
		return 0, false
	}
	var value uint64
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
		value = value*10 + uint64(digits[i]-'0')
	}
	if negative {
		return -int64(value), value <= 1<<63 // -int64(1<<63) is the smallest int64
	}
	return int64(value), value <= math.MaxInt64
}

func decodes(signature string) bool {
	var bytes [ed25519.SignatureSize]byte
	var text [signatureText]byte
	copy(text[:], signature)
	n, err := encoding.Decode(bytes[:], text[:])
	return err == nil && n == ed25519.SignatureSize
}

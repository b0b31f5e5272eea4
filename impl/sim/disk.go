package sim

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"

	"multipaxos/impl/paxos"
)

// A step's writes reach the disk as one batch: length, checksum, content. Recovery takes a batch that is whole
// and drops any other, so a batch that a crash tore is as good as never written.

// encode returns the batch as it lies on disk.
func encode(writes []paxos.Write) []byte {
	var content strings.Builder
	for _, w := range writes {
		fmt.Fprintln(&content, w)
	}
	batch := binary.BigEndian.AppendUint32(nil, uint32(content.Len()))
	batch = binary.BigEndian.AppendUint32(batch, crc32.ChecksumIEEE([]byte(content.String())))
	return append(batch, content.String()...)
}

// whole says whether recovery accepts what lies on disk.
func whole(batch []byte) bool {
	if len(batch) < 8 {
		return false
	}
	length, sum, content := binary.BigEndian.Uint32(batch), binary.BigEndian.Uint32(batch[4:]), batch[8:]
	return uint32(len(content)) == length && crc32.ChecksumIEEE(content) == sum
}

// tear returns what a crash leaves of a batch: a beginning of it, of which the last byte may be garbage.
func tear(c Chooser, batch []byte) []byte {
	left := batch[:len(batch)-c.Choose(len(batch)+1)]
	if len(left) > 0 && c.Choose(4) == 3 {
		left[len(left)-1] ^= byte(1 + c.Choose(255))
	}
	return left
}

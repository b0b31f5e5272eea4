package replay

import (
	"reflect"

	"multipaxos/impl/paxos"
)

// lastCheckpoint reads the one field of a role that the spec has and that is not exported.
func lastCheckpoint(r *paxos.Replica) paxos.Slot {
	return paxos.Slot(reflect.ValueOf(r).Elem().FieldByName("checkpoint").Uint())
}

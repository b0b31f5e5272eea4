package flaws

const head = `# What breaks without each rule

Written by ` + "`go test ./checker/flaws -update`" + `, which runs TLC; do not edit.

Each model of ` + "`spec/Flaws.tla`" + ` takes one rule out of ` + "`spec/MultiPaxos.tla`" + `, and TLC finds the shortest way to a
violation. The control, the same model with the rule in place, passes. All of them run with
` + "`go run ./checker/cmd/check spec --tier flaws`" + `.

How to read a ladder: a column is a node, ● the node that takes the step, an arrow a message from another node that arrives in
this step, x one that is lost for good, C a crash and restart. Below a step stands what it changed, and what it sent; a message
that never arrives was lost or is late. Names are those of the spec: ` + "`ReceivePrepare`" + ` is an action; of the Go methods beside it
delete the dot to find the operator. (1,N2) is a ballot, c1#1 the first command of client c1, "c1#1 in (1,N2)" a vote.

Each ladder is the shortest of its model; a model is small, and not the only one that shows its flaw.

`

const halves = `
Some rules back each other: with one of them taken out and the other in place nothing breaks, in these models, which pass:

`

const absent = `
Not here, because the spec has no state for them: S6 (no message names a configuration in it), L11, L16, L18, L19. They are planted
in the Go code only: ` + "`fuzz/zoo/bugs`" + `.
`

// how says in a sentence or two what happens in the ladder.
var how = map[string]string{
	"Half":    "With three nodes one is a quorum. N1 and N2 each lead on their own promise, and each decides its own command.",
	"View":    "N1 leads and decides with itself alone; the majority of N2, which is N2 and N3, knows nothing of it.",
	"Lowest":  "N1 finds two votes when it leads again: its own old one, and the one of N2's ballot, which is decided. It takes the old one.",
	"Ignored": "N3 tells N2 what it accepted, and N2 proposes its own command all the same.",
	"S1":      "N1 has promises for (1,N1), is refused, moves on to (2,N1), and takes the old promises for that ballot. N2 decided in between, and nobody who promised (1,N1) knew of it.",
	"S2":      "N3 is in both majorities. After its crash it neither knows that it voted for N1's command, nor tells N2.",
	"Promise": "N3 promised (1,N2) and voted in it. After its crash it accepts from N1 in (1,N1), whose promises are from before; N1 saw no vote. N2 decided, and N1 decides otherwise.",
	"S3":      "The second life of N1 uses (1,N1) again. Promises and acceptances of the first life count, though they were for another command. Taking out the durable ballot is enough for this.",
	"B":       "N1 asks again, in its second life. What is left of the first is refused, and both refusals count as acceptances in the second: decided, and no Acceptor has a vote.",
	"C":       "N3 refused N1's first ballot, and the message arrives twice. The second time N1 leads already, with a ballot above; it gives that up and takes the same one again. The old promises count again, for another command.",
	"D":       "N3 tells N2 that it accepted N1's command, which is decided. N2's own waits, and comes first.",
	"Order":   "N2 has the decision of slot 2 and not that of slot 1, which N1 executed first.",
	"Twice":   "A command that was proposed for two slots, as after a crash of its Replica, is decided in both, which is right, and executed in both.",
	"S5":      "The client calls the same command again. It is executed again, and answered with another slot.",
	"S4":      "N1 founds a cluster with N3, crashes, and founds another one with the Join of N3 that still travels. Its first ballot and its votes are forgotten; what N3 said in the first cluster counts in the second.",
	"L1":      "In its second life N1 adopts what was accepted in its first, and asks nobody to accept it again. It holds the slot for taken and ignores every Propose for it.",
	"L2":      "N1 is refused by N3, which promised N2, which is down. When the command is proposed again N1 knows the slot, and does nothing.",
	"L4":      "The Decision for N2 is lost. N2 learns that there is one, and asks, and is not answered.",
	"L5":      "N1's command lost slot 1. It stays noted for slot 1, so that every retry, the first one at once, goes there again and never to slot 2.",
	"L6":      "Slot 2 is decided, slot 1 is not, and nobody proposes for it.",
	"L7":      "N1 and N2 of five are down. The other three turn from N1 to N2, and then no further.",
	"L8":      "N1 answers N3's Join, and then slot 1 is decided. The Decision arrives first. (Decisions and Joins arrive once in this model, and nothing tells N3 of slot 1. With heartbeats it asks for it, a little later.)",
	"L9":      "The slot of N1's command was decided otherwise. N1 notes that and proposes nothing until the client's Requester asks again, and then perhaps for another slot that it knows to be decided. It is late and not stuck: each retry moves one slot up.",
	"L10":     "The client calls again what was executed, because it never saw the answer. It is never answered.",
}

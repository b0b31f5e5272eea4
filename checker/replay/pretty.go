package replay

import (
	"fmt"
	"strings"

	"multipaxos/checker/tlc"
)

// pretty writes a canonical text for people: ballots as (1,N2), commands as c1#1, and what has a type by its type.
// Another text stays as it is.
func pretty(text string) string {
	v, err := tlc.ParseValue(text)
	if err != nil {
		return text
	}
	return prettyValue(v)
}

func prettyValue(v tlc.Value) string {
	if v.Kind == tlc.Record {
		return prettyRecord(v)
	}
	parts := make([]string, len(v.Items))
	for i, item := range v.Items {
		parts[i] = prettyValue(item)
		if v.Kind == tlc.Function {
			parts[i] = v.Keys[i].Canonical() + ":" + parts[i]
		}
	}
	switch v.Kind {
	case tlc.Set:
		return "{" + strings.Join(parts, ", ") + "}"
	case tlc.Sequence:
		return "<<" + strings.Join(parts, ", ") + ">>"
	case tlc.Function:
		return "(" + strings.Join(parts, ", ") + ")"
	}
	return v.Canonical()
}

func prettyRecord(v tlc.Value) string {
	fields := map[string]string{}
	var rest []string
	for i, key := range v.Keys {
		fields[key.Atom] = prettyValue(v.Items[i])
		if key.Atom != "type" && key.Atom != "from" && key.Atom != "to" {
			rest = append(rest, key.Atom+"="+fields[key.Atom])
		}
	}
	switch {
	case len(v.Keys) == 2 && fields["n"] == "0" && fields["leader"] == "0":
		return "(-)"
	case len(v.Keys) == 2 && fields["n"] != "" && fields["leader"] != "":
		return fmt.Sprintf("(%s,N%s)", fields["n"], fields["leader"])
	case len(v.Keys) == 3 && fields["caller"] == "0" && fields["clientID"] == "0":
		return "noop"
	case len(v.Keys) == 3 && fields["caller"] != "" && fields["clientID"] != "":
		return fmt.Sprintf("%s#%s@N%s", fields["clientID"], fields["seq"], fields["caller"])
	case len(v.Keys) == 2 && fields["clientID"] != "" && fields["seq"] != "":
		return fmt.Sprintf("%s#%s", fields["clientID"], fields["seq"])
	case fields["type"] != "":
		kind := strings.Trim(fields["type"], `"`)
		return fmt.Sprintf("N%s->N%s %s %s", fields["from"], fields["to"], kind, strings.Join(rest, " "))
	}
	return "[" + strings.Join(rest, " ") + "]"
}

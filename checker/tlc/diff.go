package tlc

import "fmt"

// changes renders the variables of a state that differ from those of the state before it: of a function or a record
// the fields that changed, of a set the members that came and went. Without a state before, all of them.
func changes(old, vars []Variable) []string {
	var lines []string
	before := map[string]string{}
	for _, v := range old {
		before[v.Name] = v.Value
	}
	for _, v := range vars {
		was, known := before[v.Name]
		a, errA := ParseValue(was)
		b, errB := ParseValue(v.Value)
		switch {
		case known && was == v.Value:
		case known && errA == nil && errB == nil:
			lines = append(lines, diff(v.Name, a, b)...)
		default:
			lines = append(lines, v.Name+" = "+v.Value)
		}
	}
	return lines
}

// diff lists what leads from a to b; path says where they stand.
func diff(path string, a, b Value) []string {
	switch {
	case a.String() == b.String():
		return nil
	case a.Kind == Set && b.Kind == Set:
		return append(members(path+" gains ", b, a), members(path+" loses ", a, b)...)
	case a.Kind == b.Kind && (a.Kind == Record || a.Kind == Function):
		return diffFields(path, a, b)
	case a.Kind == Sequence && b.Kind == Sequence && len(a.Items) == len(b.Items):
		var lines []string
		for i := range a.Items {
			lines = append(lines, diff(fmt.Sprintf("%s[%d]", path, i+1), a.Items[i], b.Items[i])...)
		}
		return lines
	default:
		return []string{path + " = " + b.String()}
	}
}

// members lists the items of a that b lacks.
func members(prefix string, a, b Value) []string {
	has := map[string]bool{}
	for _, item := range b.Items {
		has[item.String()] = true
	}
	var lines []string
	for _, item := range a.Items {
		if !has[item.String()] {
			lines = append(lines, prefix+item.String())
		}
	}
	return lines
}

func diffFields(path string, a, b Value) []string {
	at := map[string]Value{}
	for i, key := range a.Keys {
		at[key.String()] = a.Items[i]
	}
	var lines []string
	for i, key := range b.Keys {
		old, ok := at[key.String()]
		delete(at, key.String())
		if !ok {
			lines = append(lines, b.field(path, key)+" = "+b.Items[i].String())
			continue
		}
		lines = append(lines, diff(b.field(path, key), old, b.Items[i])...)
	}
	for _, key := range a.Keys { // in TLC's order
		if _, gone := at[key.String()]; gone {
			lines = append(lines, a.field(path, key)+" is gone")
		}
	}
	return lines
}

func (v Value) field(path string, key Value) string {
	if v.Kind == Record {
		return path + "." + key.String()
	}
	return path + "[" + key.String() + "]"
}

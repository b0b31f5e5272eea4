package tlc

func changes(old, vars []Variable) []string {
	var lines []string
	for i, v := range vars {
		if i >= len(old) || old[i] != v {
			lines = append(lines, v.Name+" = "+v.Value)
		}
	}
	return lines
}

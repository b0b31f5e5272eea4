package explore

type reduction struct{ model Model }

func newReduction(m Model) *reduction { return &reduction{m} }

func (r *reduction) safe(n int, base uint32, t *transition) bool { return false }

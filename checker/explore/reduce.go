package explore

type reduction struct{}

func (r *reduction) safe(n int, base uint32, t *transition) bool { return false }

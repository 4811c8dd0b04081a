package rueidistx

// Believe makes a DB believe that all servers know the script, for tests of what it does when they have forgotten it.
func (s *Script[T]) Believe(db *DB) {
	for slot := range db.slotOf(db.multi) + 1 {
		db.learn(s.source, slot)
	}
}

package rueidistx

// tally counts what happened to the commands of a Batch.
type tally struct {
	total    int // commands of the chunks that are over
	sent     int
	answered int
	failed   int
	unsure   bool // the outcome of some command is unknown
	applied  bool // the outcome of some command is applied
	errs     []error
}

const maxBatchErrors = 16

func (t *tally) addError(err error) {
	if len(t.errs) < maxBatchErrors {
		t.errs = append(t.errs, err)
	}
}

// drop counts commands that will not be sent for a reason that was already counted.
func (t *tally) drop(n int) {
	t.total += n
	t.failed += n
}

// failAll counts n commands that were not sent, because of err.
func (t *tally) failAll(n int, err error) {
	t.drop(n)
	if n > 0 {
		t.addError(err)
	}
}

// add counts the outcomes of the commands of settled answers.
func (t *tally) add(a *answers) {
	errs := a.errs()
	if errs == nil {
		t.applied = true
		return
	}
	var last error
	var outcome Outcome
	for _, err := range errs {
		switch {
		case err == nil:
			t.applied = true
			continue
		case err != last: // commands that were lost together share their error
			last, outcome = err, OutcomeOf(err)
			t.addError(err)
		}
		t.failed++
		t.unsure = t.unsure || outcome == Unknown
		t.applied = t.applied || outcome == Applied
	}
}

// summary returns the error of the whole Batch.
func (t *tally) summary() *BatchError {
	e := &BatchError{Total: t.total, Failed: t.failed, Answered: t.answered, Sent: t.sent, Errs: t.errs, outcome: NotApplied}
	switch {
	case t.unsure:
		e.outcome = Unknown
	case t.applied:
		e.outcome = Applied
	}
	return e
}

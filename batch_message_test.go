package rueidistx_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

func TestMessageOfABatchCountsNoNothing(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]rueidistx.BatchError{
		"rueidistx: 2 of 5 commands failed: EOF; and 1 more":                                               {Total: 5, Failed: 2, Answered: 5, Sent: 5},
		"rueidistx: 5 of 5 commands failed: EOF; and 4 more":                                               {Total: 5, Failed: 5, Answered: 0, Sent: 5},
		"rueidistx: 2 of 5 commands failed (answered: the first 3): EOF; and 1 more":                       {Total: 5, Failed: 2, Answered: 3, Sent: 5},
		"rueidistx: 5 of 5 commands failed (not sent: the last 3): EOF; and 4 more":                        {Total: 5, Failed: 5, Answered: 0, Sent: 2},
		"rueidistx: 4 of 5 commands failed (answered: the first 1, not sent: the last 2): EOF; and 3 more": {Total: 5, Failed: 4, Answered: 1, Sent: 3},
	} {
		err.Errs = []error{io.EOF}
		require.EqualError(t, &err, want)
	}
}

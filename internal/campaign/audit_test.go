package campaign

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

// An audit that finds nothing would find nothing wrong.
func TestAuditSeesWhatIsWrong(t *testing.T) {
	own := errors.New("own")
	for _, c := range []struct {
		name           string
		claim          claim
		listed, hashed int
		want           figures
	}{
		{"applied", claim{entries: inBoth, enters: true}, 1, 1, figures{Applied: 1}},
		{"applied, in the list alone", claim{entries: inBoth, enters: true}, 1, 0, figures{Applied: 1, Half: 1}},
		{"applied, in the hash alone", claim{entries: inBoth, enters: true}, 0, 1, figures{Applied: 1, Half: 1}},
		{"applied, not there", claim{entries: inBoth, enters: true}, 0, 0, figures{Applied: 1, Wrong: 1}},
		{"applied, lost", claim{entries: inBoth, enters: true, mayBeLost: true}, 0, 0, figures{Applied: 1, Lost: 1}},
		{"applied twice", claim{entries: inBoth, enters: true}, 2, 2, figures{Applied: 1, Doubled: 1}},
		{"applied twice, as the library says", claim{entries: inHash, enters: true, resends: true}, 0, 2, figures{Applied: 1, Resent: 1}},
		{"entered elsewhere", claim{entries: inHash, enters: true}, 1, 1, figures{Applied: 1, Wrong: 1}},
		{"not applied", claim{entries: inList, enters: true, err: rueidistx.ErrNotSent}, 0, 0, figures{NotApplied: 1}},
		{"not applied, there", claim{entries: inList, enters: true, err: rueidistx.ErrNotSent}, 1, 0, figures{NotApplied: 1, Wrong: 1}},
		{"not applied, there, in a window", claim{entries: inList, enters: true, err: rueidistx.ErrNotSent, mayBeLost: true}, 1, 0, figures{NotApplied: 1, Wrong: 1}},
		{"unknown", claim{entries: inList, enters: true, err: rueidistx.ErrUnknown}, 0, 0, figures{Unknown: 1}},
		{"unknown, there", claim{entries: inList, enters: true, err: rueidistx.ErrUnknown}, 1, 0, figures{Unknown: 1, UnknownThere: 1}},
		{"unknown twice", claim{entries: inList, enters: true, err: rueidistx.ErrUnknown}, 2, 0, figures{Unknown: 1, UnknownThere: 1, Doubled: 1}},
		{"an error that says nothing", claim{entries: inList, enters: true, err: own}, 0, 0, figures{Unknown: 1, Wrong: 1}},
		{"spoke before it wrote", claim{entries: inBoth, err: spoken("FAILED"), script: true, speech: "FAILED"}, 0, 0, figures{Failed: 1}},
		{"spoke before it wrote, there", claim{entries: inBoth, err: spoken("FAILED"), script: true, speech: "FAILED"}, 1, 1, figures{Failed: 1, Wrong: 1}},
		{"spoke at its end", claim{entries: inBoth, enters: true, err: spoken("FAILED"), script: true, speech: "FAILED"}, 1, 1, figures{Failed: 1}},
		{"spoke at its end, not there", claim{entries: inBoth, enters: true, err: spoken("FAILED"), script: true, speech: "FAILED"}, 0, 0, figures{Failed: 1, Wrong: 1}},
		{"failed while it ran", claim{entries: inBoth, enters: true, err: spoken("READONLY"), script: true}, 0, 0, figures{Failed: 1}},
		{"a command failed", claim{entries: inList, enters: true, err: spoken("WRONGTYPE")}, 0, 0, figures{Failed: 1, Wrong: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got figures
			wrong := 0
			c.claim.judge(c.listed, c.hashed, &got, &wrong, func(n *int, _, _ string, _ ...any) { *n++ })
			got.Wrong = int64(wrong)
			c.want.Claims = 1
			require.Equal(t, c.want, got)
		})
	}
}

func TestSumOfABatch(t *testing.T) {
	for want, all := range map[rueidistx.Outcome][]error{
		rueidistx.NotApplied: {rueidistx.ErrNotSent, rueidistx.ErrRejected},
		rueidistx.Applied:    {rueidistx.ErrNotSent, nil},
		rueidistx.Unknown:    {nil, rueidistx.ErrUnknown, rueidistx.ErrNotSent},
	} {
		require.Equal(t, want, sum(all))
	}
}

func spoken(text string) error {
	return &rueidistx.CommandError{Name: "EVALSHA", Err: errors.New(text)}
}

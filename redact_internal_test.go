package rueidistx

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMessagesLeaveOutWhatIsQuotedBehindABracket(t *testing.T) {
	for text, want := range map[string]string{
		`ERR CONFIG SET failed (possibly related to argument 'secret') - x`: `CONFIG SET failed (possibly related to argument '…') - x`,
		`ERR invalid option ('secret')`:                                     `invalid option ('…')`,
		`ERR invalid option ("secret") here`:                                `invalid option ('…') here`,
		"ERR invalid option (`secret`)":                                     "invalid option ('…')",
		`ERR wrong value ('it's a secret') of 'x'`:                          `wrong value ('…'`,
		`ERR unknown ('nosuch')`:                                            `unknown ('nosuch')`,
		`ERR can't (don't`:                                                  `can't (don't`,
		`ERR ('secret`:                                                      `('…'`,
	} {
		got := redact(serverError(t, text), "NOSUCH")
		require.NotContains(t, got, "secret", text)
		require.Equal(t, want, got, text)
	}
}

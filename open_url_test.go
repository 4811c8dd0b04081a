package rueidistx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestOpenURL(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t, "--requirepass", "p@ss/word")
	for _, url := range []string{
		"redis://:p%40ss%2Fword@" + s.Addr,
		"redis://default:p%40ss%2Fword@" + s.Addr + "/0?protocol=2&client_cache=0&client_name=mine&dial_timeout=3s",
	} {
		db, err := rueidistx.OpenURL(url, rueidistx.CheckSlots())
		require.NoError(t, err)
		t.Cleanup(db.Close)
		require.NoError(t, db.Auto(redistest.Context(t)).Set("k", "v").Err())
		require.ErrorIs(t, db.Auto(redistest.Context(t)).MGet("a", "b").Err(), rueidistx.ErrCrossSlot)
	}
	require.Contains(t, s.Do(t, "CLIENT", "LIST").String(), "name=mine")

	c := redistest.SharedCluster(t)
	db, err := rueidistx.OpenURL("redis://" + c.Nodes[0].Addr + "?addr=" + c.Nodes[1].Addr)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	require.ErrorIs(t, db.Auto(redistest.Context(t)).MGet("a", "b").Err(), rueidistx.ErrCrossSlot)
}

// TestOpenURLRefuses what is no URL, without repeating it.
func TestOpenURLRefuses(t *testing.T) {
	t.Parallel()
	const secret = "secret"
	for url, says := range map[string]string{
		"":                                  "invalid URL scheme",
		"secret:6379":                       "invalid URL scheme",
		"http://:secret@host":               "invalid URL scheme",
		"redis:secret:6379":                 "// is missing",
		"redis:/secret":                     "invalid database number",
		"redis:?addr=secret:6379":           "// is missing",
		"redis://:secret/word@host":         "malformed",
		"redis://:secret%@host":             "malformed",
		"redis://:secret@host:port":         "malformed",
		"redis://host/secret":               "invalid database number",
		"redis://host/0/secret":             "invalid URL path",
		"redis://host?db=secret":            "invalid database number",
		"redis://host?dial_timeout=secret":  "invalid dial timeout",
		"redis://host?write_timeout=secret": "invalid write timeout",
		"rediss://host?skip_verify=secret":  "invalid skip verify",
	} {
		db, err := rueidistx.OpenURL(url)
		require.Nil(t, db, url)
		require.ErrorIs(t, err, rueidistx.ErrInvalid, url)
		require.ErrorContains(t, err, "rueidistx: invalid arguments: the URL: ", url)
		require.ErrorContains(t, err, says, url)
		require.NotContains(t, err.Error(), secret)
	}
}

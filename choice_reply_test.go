package rueidistx_test

import (
	"bufio"
	"context"
	"math"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestChoiceReturnsLargeIntegers: Lua's numbers are exact up to 2^53.
func TestChoiceReturnsLargeIntegers(t *testing.T) {
	t.Parallel()
	onServer(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		ctx, e := redistest.Context(t), entity(t)
		auto := db.Auto(ctx)
		for _, n := range []int64{1<<53 - 1, 1 << 53, 1<<53 + 1, 1<<53 + 2, 1<<62 + 1, math.MaxInt64, -1 << 53, -1<<53 - 1, math.MinInt64} {
			up, down := n-1, n
			if n < 0 {
				up, down = n, n+1
			}
			require.NoError(t, auto.MSet(e.Key("up"), strconv.FormatInt(up, 10), e.Key("down"), strconv.FormatInt(down, 10)).Err())
			require.NoError(t, auto.HSet(e.Key("hash"), "f", strconv.FormatInt(up, 10)).Err())
			c := db.If(rueidistx.IntAt(e.Key("up")).Is(up), rueidistx.IntIn(e.Key("hash"), "f").Is(up), rueidistx.IntAt(e.Key("down")).Is(down))
			then := c.Then
			var got []rueidistx.Future[int64]
			var want []int64
			if n > 0 {
				got = []rueidistx.Future[int64]{
					then.Incr(e.Key("up")), then.Decr(e.Key("up")), then.IncrBy(e.Key("up"), 1), then.DecrBy(e.Key("up"), 1), then.HIncrBy(e.Key("hash"), "f", 1), then.HIncrBy(e.Key("hash"), "f", -1),
				}
				want = []int64{n, n - 1, n, n - 1, n, n - 1}
			} else {
				got = []rueidistx.Future[int64]{then.Decr(e.Key("down")), then.Incr(e.Key("down")), then.DecrBy(e.Key("down"), 1), then.IncrBy(e.Key("down"), 1)}
				want = []int64{n, n + 1, n, n + 1}
			}
			held, err := c.Exec(ctx, by...)
			require.NoError(t, err, n)
			require.True(t, held)
			for i := range got {
				require.Equal(t, want[i], got[i].Must(), "%d: command %d", n, i)
			}
		}

		if !redistest.Shared(t).Since("7.0") { // it has no PEXPIRETIME
			return
		}
		at := time.UnixMilli(1<<53 + 1)
		require.NoError(t, auto.Set(e.Key("late"), "x").Err())
		require.NoError(t, auto.ExpireAt(e.Key("late"), at).Err())
		c := db.If(rueidistx.TTLOf(e.Key("late")).AtLeast(math.MaxInt64))
		bits := c.Else.BitField(e.Key("bits"), rueidistx.BitGet(rueidistx.Signed(64), 0))
		n, expires := c.Then.Incr(e.Key("n")), c.Then.PExpireTime(e.Key("late"))
		if by == nil { // a branch that a script cannot run
			bits = c.Then.BitField(e.Key("bits"), rueidistx.BitSet(rueidistx.Signed(64), 0, math.MaxInt64), rueidistx.BitGet(rueidistx.Signed(64), 0))
		}
		held, err := c.Exec(ctx, rueidistx.ByWatch())
		require.NoError(t, err)
		require.True(t, held)
		require.EqualValues(t, 1, n.Must())
		require.True(t, at.Equal(expires.Must()))
		if by == nil {
			require.EqualValues(t, math.MaxInt64, bits.Must()[1].Value)
		}

		c = db.If(rueidistx.Exists(e.Key("late")))
		n, expires = c.Then.Incr(e.Key("n")), c.Then.PExpireTime(e.Key("late"))
		held, err = c.Exec(ctx, rueidistx.ByScript())
		require.True(t, held)
		outcometest.RequireVerdict(t, err, rueidistx.Applied, rueidistx.ErrService)
		require.ErrorContains(t, expires.Err(), "cannot be returned by a script")
		require.EqualValues(t, 2, n.Must())
	})
}

// TestChoiceObeysNoData: what reads like a redirection or an error is data.
func TestChoiceObeysNoData(t *testing.T) {
	t.Parallel()
	onEachCarrier(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		ctx, e := redistest.Context(t), entity(t)
		for _, text := range []string{"MOVED 1 127.0.0.1:1", "ASK 1 127.0.0.1:1", "NOSCRIPT No matching script. Please use EVAL.", "-ERR x\r\n", "QUEUED", "LOADING"} {
			key := e.Key(text)
			require.NoError(t, db.Auto(ctx).Set(key, text).Err())
			c := db.If(rueidistx.TextAt(key).Is(text), rueidistx.TextAt(key).OneOf("x", text), rueidistx.Not(rueidistx.TextAt(key).Before(text)))
			got, list, pushed := c.Then.Get(key), c.Then.MGet(key, key), c.Then.RPush(e.Key("list"), text)
			held, err := c.Exec(ctx, by...)
			require.NoError(t, err, text)
			require.True(t, held, text)
			require.Equal(t, text, got.Must())
			require.Equal(t, text, list.Must()[1].Value)
			require.NoError(t, pushed.Err())

			c = db.If(rueidistx.IntAt(key).Is(0))
			held, err = c.Exec(ctx, by...)
			outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrService)
			require.ErrorIs(t, err, rueidistx.ErrCondition)
			require.False(t, held)
		}
	})
}

// TestChoiceWithAScriptThatFails: the error of a script in a branch is that of its command, whatever it says.
func TestChoiceWithAScriptThatFails(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]rueidis.ClientOption{"single": redistest.Shared(t).Option(), "cluster": redistest.SharedCluster(t).Option()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := rueidistx.Open(option)
			require.NoError(t, err)
			t.Cleanup(db.Close)
			ctx, e := redistest.Context(t), entity(t)
			for i, text := range []string{"MOVED 1 127.0.0.1:1", "ASK 1 127.0.0.1:1", "LOADING", "OOM", "EXECABORT", "NOSCRIPT No matching script."} {
				c := db.If(rueidistx.Missing(e.Key("none")))
				ran, n := failing.Queue(c.Then, []string{e.Key("n")}, text), c.Then.Incr(e.Key("m"))
				held, err := c.Exec(ctx)
				require.True(t, held)
				outcometest.RequireVerdict(t, err, rueidistx.Applied, rueidistx.ErrService)
				outcometest.RequireFault(t, ran.Err(), 0, "EVAL", text)
				require.EqualValues(t, i+1, n.Must())
				require.Equal(t, strconv.Itoa(i+1), db.Auto(ctx).Get(e.Key("n")).Must())
			}
		})
	}
}

// TestChoiceOfUsersWithFewRights: what is refused is not applied, and what was applied is not said to be refused.
func TestChoiceOfUsersWithFewRights(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	key := redistest.Key(t, "k")
	s.Do(t, "SET", key, "9007199254740993")
	run := func(t *testing.T, rules []string, by rueidistx.ChoiceOption) (c *rueidistx.Choice, n rueidistx.Future[int64], held bool, err error) {
		s.Do(t, append([]string{"ACL", "SETUSER", "limited", "reset", "on", ">pw", "~*", "+@all"}, rules...)...)
		option := outcometest.ClientModes[0].Option(s.Addr)
		option.Username, option.Password = "limited", "pw"
		db, err := rueidistx.Open(option)
		require.NoError(t, err)
		t.Cleanup(db.Close)
		c = db.If(rueidistx.Exists(key))
		n = c.Then.Incr(key)
		held, err = c.Exec(redistest.Context(t), by)
		return c, n, held, err
	}
	for name, c := range map[string]struct {
		rules []string
		by    rueidistx.ChoiceOption
		is    error
	}{
		"no scripts":              {[]string{"-@scripting"}, rueidistx.ByScript(), rueidistx.ErrRejected},
		"no scripts, by WATCH":    {[]string{"-@scripting"}, rueidistx.ByWatch(), rueidistx.ErrNotApplied},
		"no WATCH":                {[]string{"-watch"}, rueidistx.ByWatch(), rueidistx.ErrNotApplied},
		"no MULTI":                {[]string{"-multi"}, rueidistx.ByWatch(), rueidistx.ErrNotApplied},
		"no EXEC":                 {[]string{"-exec"}, rueidistx.ByWatch(), rueidistx.ErrAborted},
		"no such command":         {[]string{"-incr"}, rueidistx.ByWatch(), rueidistx.ErrAborted},
		"no condition":            {[]string{"-exists"}, rueidistx.ByScript(), rueidistx.ErrCondition},
		"no condition, by WATCH":  {[]string{"-exists"}, rueidistx.ByWatch(), rueidistx.ErrCondition},
		"no such key":             {[]string{"resetkeys", "~other"}, rueidistx.ByScript(), rueidistx.ErrRejected},
		"no such key, by WATCH":   {[]string{"resetkeys", "~other"}, rueidistx.ByWatch(), rueidistx.ErrNotApplied},
		"only what is not needed": {[]string{"-@all", "+ping", "+hello", "+client"}, rueidistx.ByScript(), rueidistx.ErrRejected},
	} {
		t.Run(name, func(t *testing.T) {
			choice, n, held, err := run(t, c.rules, c.by)
			require.ErrorIs(t, err, c.is)
			require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), "%v", err)
			require.ErrorIs(t, err, rueidistx.ErrService)
			require.Equal(t, err, n.Err())
			require.False(t, held)
			require.Nil(t, choice.Held())
			require.Equal(t, "9007199254740993", text(t, s.Do(t, "GET", key)))
		})
	}
	t.Run("no such command, by script", func(t *testing.T) {
		_, n, held, err := run(t, []string{"-incr"}, rueidistx.ByScript())
		require.True(t, held)
		outcometest.RequireVerdict(t, err, rueidistx.Applied, rueidistx.ErrService)
		outcometest.RequireFault(t, n.Err(), 0, "INCR", "")
		require.Equal(t, "9007199254740993", text(t, s.Do(t, "GET", key)))
	})
	t.Run("no GET after INCR", func(t *testing.T) {
		_, n, held, err := run(t, []string{"-get"}, rueidistx.ByScript())
		require.True(t, held)
		outcometest.RequireVerdict(t, err, rueidistx.Applied, rueidistx.ErrService)
		require.ErrorContains(t, n.Err(), "cannot be returned by a script")
		require.Equal(t, "9007199254740994", text(t, s.Do(t, "GET", key)))
	})
}

func text(t *testing.T, m *rueidis.RedisMessage) string {
	t.Helper()
	s, err := m.ToString()
	require.NoError(t, err)
	return s
}

// TestChoiceThatIsKilled: SCRIPT KILL ends the conditions, as nothing was written. Others are told BUSY in the meantime.
func TestChoiceThatIsKilled(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	s := redistest.Start(t, "--lua-time-limit", "5")
	// One connection without deadlines: a busy server lets none be set up, and may take seconds until it reads what was sent.
	conn, err := net.Dial("tcp", s.Addr)
	require.NoError(t, err)
	defer conn.Close()
	replies := bufio.NewReader(conn)
	ask := func(t *testing.T, command string) string {
		_, err := conn.Write([]byte(command + "\r\n"))
		require.NoError(t, err)
		reply, err := replies.ReadString('\n')
		require.NoError(t, err)
		return reply
	}
	for name, by := range carriers {
		t.Run(name, func(t *testing.T) {
			db, e := outcometest.ClientModes[2].Open(t, s.Addr), entity(t)
			require.NoError(t, db.Auto(redistest.Context(t)).Set(e.Key("long"), string(make([]byte, 512<<10))).Err())
			list := make([]rueidistx.Condition, 50_000)
			for i := range list {
				list[i] = rueidistx.TextAt(e.Key("long")).Is("x")
			}
			slow := db.If(rueidistx.Or(list[0], list...))
			n := slow.Else.Incr(e.Key("n"))
			ended := make(chan error, 1)
			go func(ctx context.Context) {
				_, err := slow.Exec(ctx, by...)
				ended <- err
			}(redistest.Context(t))
			redistest.Eventually(t, "it runs", func() bool { return strings.HasPrefix(ask(t, "EXISTS x"), "-BUSY") })
			require.Equal(t, "+OK\r\n", ask(t, "SCRIPT KILL"))
			err := <-ended
			require.Error(t, err)
			require.NotEqual(t, rueidistx.Applied, rueidistx.OutcomeOf(err), "%v", err)
			require.Nil(t, slow.Held())
			require.Equal(t, err, n.Err())
			t.Log(err)
			outcometest.RequireUsable(t, db)
			require.EqualValues(t, 0, db.Auto(redistest.Context(t)).Exists(e.Key("n")).Must())
		})
	}
}

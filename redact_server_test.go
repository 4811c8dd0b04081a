package rueidistx_test

import (
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// mistakes are commands that a server refuses, with arguments that its texts do not repeat. $s is a string, $l a list, $h a
// hash, $z a sorted set, $x a stream with the group g.
var mistakes = strings.Split(`
INCR $s
INCR $l
INCRBY $s x
DECRBY $s -9223372036854775808
INCRBYFLOAT $n inf
INCRBYFLOAT $s x
APPEND $l x
SETRANGE $s -1 x
SETRANGE $s 999999999999 x
SETEX $s 0 x
PSETEX $s -1 x
SET $s x EX 0
SET $s x NX XX
SET $s x EX x
GETEX $s EX -5
GETEX $s NX
GETDEL $l
MSET a
GET
LCS $s $l
LCS $s $s LEN IDX
BITOP NOT $s $s $s
BITPOS $s 2
SETBIT $s x 1
SETBIT $s 1 2
BITFIELD $s GET x 1
BITFIELD $s OVERFLOW x GET u8 0
BITFIELD_RO $s SET u8 0 1
PFADD $l x
PFCOUNT $s
RENAME nosuch x
EXPIRE $s x
EXPIRE $s 10 NX XX
EXPIRE $s 10 GT LT
EXPIRE $s 9223372036854775807
COPY $s $s
COPY $s x DB 99999
MOVE $s 99999
OBJECT ENCODING
OBJECT NOSUCH $s
OBJECT FREQ $s
SORT $l BY x GET
SORT $w
RESTORE $s 0 x
RESTORE $new -1 x
RESTORE $new 0 x
SCAN x
SCAN 0 COUNT 0
SCAN 0 COUNT x
HSET $h f
HSET $s f v
HINCRBY $h f x
HINCRBY $h f 1
HINCRBYFLOAT $h f 1
HRANDFIELD $h x
HRANDFIELD $h -9223372036854775807 WITHVALUES
HSCAN $h 0 NOSUCH
LPUSH $s x
LINSERT $l NOWHERE x y
LSET $l 99 x
LSET nosuch 0 x
LPOP $l -1
LPOS $l x RANK 0
LPOS $l x COUNT -1
LPOS $l x MAXLEN -1
LMOVE $l $l UP LEFT
LMPOP 0 $l LEFT
LMPOP 1 $l LEFT COUNT 0
BLPOP $l -1
BLPOP $l x
BLMPOP x 1 $l LEFT
SADD $s x
SINTERCARD 0 $l
SINTERCARD 9 $l
SINTERCARD 1 $l LIMIT -1
SPOP $l
SRANDMEMBER $s x
ZADD $z x m
ZADD $z NX XX 1 m
ZADD $z GT LT 1 m
ZADD $z INCR 1 a 2 b
ZADD $s 1 m
ZINCRBY $z nan m
ZRANGE $z 0 1 LIMIT 0 1
ZRANGE $z x y
ZRANGE $z (a [b BYLEX WITHSCORES
ZRANGE $z 0 1 BYLEX
ZRANGEBYSCORE $z x y
ZRANGEBYLEX $z x y
ZCOUNT $z x y
ZLEXCOUNT $z x y
ZUNION 0 $z
ZUNIONSTORE d 0 $z
ZUNION 1 $z WEIGHTS x
ZINTERCARD 1 $z LIMIT -1
ZMPOP 0 $z MIN
ZMPOP 1 $z MIN COUNT 0
ZPOPMIN $z -1
ZRANDMEMBER $z x
ZREMRANGEBYRANK $z x y
GEOADD $z NX XX 1 1 m
GEOADD $z x y m
GEODIST $z a b parsec
GEOSEARCH $z FROMMEMBER m BYRADIUS x km
GEOSEARCH $z FROMMEMBER nosuch BYRADIUS 1 km
GEOSEARCH $z FROMMEMBER m BYRADIUS -1 km
GEOSEARCH $z FROMMEMBER m BYBOX -1 1 km
GEOSEARCH $z FROMMEMBER m
GEOSEARCH $z BYRADIUS 1 km
GEOSEARCH $z FROMLONLAT 1 1 BYRADIUS 1 km ANY
XADD $x 0-0 f v
XADD $x 1-0 f v
XADD $x x f v
XADD $x MAXLEN x * f v
XADD $x LIMIT 1 * f v
XADD $x MAXLEN = 1 LIMIT 1 * f v
XADD $x MAXLEN 1 MINID 1 * f v
XADD $x MAXLEN -1 * f v
XTRIM $x LIMIT 1
XTRIM $x MAXLEN -1
XLEN $s
XRANGE $x x y
XRANGE $x - (-
XSETID $x 0-1
XREAD STREAMS $x
XREAD GROUP g c STREAMS $x >
XREAD NOACK STREAMS $x 0
XREADGROUP GROUP g c STREAMS $x $
XREADGROUP STREAMS $x >
XGROUP CREATE nosuch g $
XGROUP CREATE $x g $
XGROUP NOSUCH
XGROUP SETID $x g x
XACK $x g x
XCLAIM $x g c x 1-0
XAUTOCLAIM $x g c x 0
XAUTOCLAIM $x g c 1 0 COUNT 0
XCLAIM $x g c 1 1-0 IDLE x
XCLAIM $x g c 1 1-0 NOSUCH
XINFO STREAM nosuch
XINFO NOSUCH
EVAL x
EVAL return 9
EVAL return -1
EVAL return x
EVAL (
EVALSHA x 0
FCALL nosuch 0
FCALL nosuch -1
FUNCTION DELETE nosuch
FUNCTION LOAD x
FUNCTION RESTORE x
FUNCTION FLUSH x
FUNCTION NOSUCH
SCRIPT LOAD
SCRIPT FLUSH x
SCRIPT KILL
NOSUCH
EXEC2 x
COMMAND GETKEYS PING
COMMAND GETKEYS NOSUCH
OBJECT HELP x
CLIENT KILL ID 0
CLIENT UNBLOCK x
PING a b
ECHO
LOLWUT VERSION x`, "\n")[1:]

// What servers say of mistakes is in the messages, but for what is not the servers'.
func TestMessageOfAMistakeIsTheServers(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	if !s.Since("7.0") {
		t.Skip("older servers have other texts")
	}
	db, key := outcometest.ClientModes[0].Open(t, s.Addr), redistest.Key(t, "")
	for _, command := range []string{
		"SET $s text", "SET $n 1", "RPUSH $l 1 2", "RPUSH $w a b", "HSET $h f text", "ZADD $z 1 m", "XADD $x 1-0 f v", "XGROUP CREATE $x g 0",
	} {
		s.Do(t, strings.Fields(strings.ReplaceAll(command, "$", key))...)
	}
	c := db.Auto(redistest.Context(t))
	for _, mistake := range mistakes {
		var argv []string
		for _, word := range strings.Fields(mistake) {
			if len(word) > 1 {
				word = strings.Replace(word, "$", key, 1)
			}
			argv = append(argv, word)
		}
		if argv[0] == "EVAL" && len(argv) > 2 {
			argv = append([]string{"EVAL", "return 1"}, argv[2:]...)
		}
		err := rueidistx.Queue(c, c.B().Arbitrary(argv...).Build(), rueidistx.AsAny).Err()
		var server *rueidis.RedisError
		require.ErrorAs(t, err, &server, mistake)
		_, message, _ := strings.Cut(err.Error(), "): ") // behind the command's name, perhaps with a subcommand
		said, _, _ := strings.Cut(server.Error(), ", with args")
		if !strings.Contains(message, "…") { // in the place of an argument
			require.Equal(t, said, message, mistake)
		}
	}
}

// An error inside of a reply is a script's, and its first word may be an argument.
func TestMessageOfAnErrorInAReplyHasNoArgument(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, w := range outcometest.ClientModes[:2] {
		ctx, db := redistest.Context(t), w.Open(t, s.Addr)
		const list = `return {redis.error_reply(ARGV[1]), 'x'}`
		const mapped = `redis.setresp(3) return {map={f=redis.error_reply(ARGV[1])}}`
		for _, said := range []string{"HUNTER2 is secret", "EXECABORT Transaction discarded because of: HUNTER2 is secret"} {
			_, strings := rueidistx.NewScript(list, rueidistx.AsStrings).Run(ctx, db, nil, said)
			_, pairs := rueidistx.NewScript(mapped, rueidistx.AsStringMap).Run(ctx, db, nil, said)
			_, alone := rueidistx.NewScript(`return redis.error_reply(ARGV[1])`, rueidistx.AsString).Run(ctx, db, nil, said)
			each, err := rueidistx.NewScript(list, rueidistx.AsEach(rueidistx.AsString)).Run(ctx, db, nil, said)
			require.NoError(t, err)
			values, err := rueidistx.NewScript(list, rueidistx.AsAny).Run(ctx, db, nil, said)
			require.NoError(t, err)
			for _, err := range []error{strings, pairs, alone, each[0].Err, values.([]any)[0].(error)} {
				require.Error(t, err)
				require.NotContains(t, err.Error(), "HUNTER2")
			}
		}
		_, err := rueidistx.NewScript(`return {redis.pcall('NOSUCH')}`, rueidistx.AsStrings).Run(ctx, db, nil)
		require.ErrorContains(t, err, "command called from script") // Valkey leaves Redis out
	}
}

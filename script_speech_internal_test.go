package rueidistx

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatAScriptCanSay(t *testing.T) {
	for text, want := range map[string]speech{
		`return 1`:                                                   silent,
		`return redis.call('INCR', KEYS[1])`:                         silent,
		`return server.call('INCR', KEYS[1])`:                        silent,
		`redis.sha1hex()`:                                            silent,
		`if KEYS[1] == ARGV[1] then return end`:                      silent,
		`return redis.error_reply('x')`:                              errs,
		`error('x')`:                                                 errs,
		`assert(false, ARGV[1])`:                                     errs,
		`return redis.pcall('GET', KEYS[1])`:                         errs,
		`return {err = 'x'}`:                                         errs,
		`coroutine.wrap(f)()`:                                        errs,
		`return redis.status_reply('x')`:                             free,
		`return {ok = 'QUEUED'}`:                                     free,
		`t.ok = 'QUEUED' return t`:                                   free,
		`local t = {} t[ARGV[1]] = ARGV[2]`:                          free,
		`return cjson.decode(ARGV[1])`:                               free,
		`return cmsgpack.unpack(ARGV[1])`:                            free,
		`return loadstring(ARGV[1])()`:                               free,
		`rawset(t, ARGV[1], ARGV[2])`:                                free,
		`setmetatable(t, {})`:                                        free,
		`redis.setresp(3) return redis.call('HGETALL', 'h').map`:     free,
		`return redis['er'..'ror_reply']('x')`:                       free,
		`return redis['\101rror_reply']('x')`:                        free,
		`for k, f in pairs(redis) do f() end`:                        free,
		`return string.gsub('HSET h', '(%a+)', redis.call)`:          free,
		`local r = redis return r.call('GET', 'x')`:                  free,
		`return server['er'..'ror_reply']('x')`:                      free,
		`local call = redis.call; return call('GET', KEYS[1])`:       free, // it does not, but that takes more to see
		`local t, n = {}, 0; t[ARGV[2]], n = ARGV[1], 1; return t`:   free,
		"t[ARGV[2]] --\n= ARGV[1] return t":                          free,
		`ARGV[ARGV[2]] = ARGV[1] return ARGV`:                        free,
		`local t = ARGV t[KEYS[1]] = 1 return t`:                     free,
		`for i = 1, #KEYS do redis.call('DEL', KEYS[i]) end`:         silent,
		`return redis.call('DEL', unpack(KEYS))`:                     silent,
		`local t = {} t[#t+1] = redis.call('GET', KEYS[1]) return t`: silent,
		`local r = redis.call('MGET', KEYS[1], KEYS[2]) return r[1]`: silent,
		`t[i] = 1`:                       free,
		"return KEYS \t\r\n [i]":         silent,
		`return (ARGV[i])`:               silent,
		`myKEYS[i] = 1`:                  free,
		`_ARGV[i] = 1`:                   free,
		`KEYS1[i] = 1`:                   free,
		`return {[ [[err]] ] = 'x'}`:     free,
		`return {['e'..'rr'] = ARGV[1]}`: free,
	} {
		require.Equal(t, want, speechOf(text), text)
	}
}

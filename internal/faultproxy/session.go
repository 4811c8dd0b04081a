package faultproxy

import (
	"strings"
	"sync"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx/internal/table"
)

// session is what the commands of a connection have made of its state on the server.
type session struct {
	multi   bool // inside a MULTI
	queued  int  // commands in it
	watches bool
	key     string // the first that is watched
}

// step is what a command means on its connection.
type step struct {
	executes bool   // a unit that may write: see Fault.Unit
	watches  bool   // it is an EXEC, and something is watched
	key      string // the first key that is
}

// next takes note of a command. Of argv, only the first two words are needed.
func (s *session) next(verb string, argv []string) (at step) {
	switch {
	case verb == "EXEC":
		at = step{executes: s.queued > 0, watches: s.watches, key: s.key}
		*s = session{}
	case verb == "DISCARD" || verb == "RESET":
		*s = session{}
	case s.multi:
		s.queued++
	case verb == "MULTI":
		s.multi = true
	case verb == "UNWATCH":
		*s = session{}
	case verb == "WATCH" && len(argv) > 1:
		if !s.watches {
			s.key = argv[1]
		}
		s.watches = true
	case !s.watches:
		at.executes = writes(verb, argv)
	}
	return at
}

// writes reports whether a command outside MULTI may change data. Commands about a connection or a server do not, nor do
// those that prepare scripts and functions.
func writes(verb string, argv []string) bool {
	if verb == "" || apart[verb] {
		return false
	}
	read, known := reads()[verb]
	if !known && len(argv) > 1 {
		read = reads()[verb+" "+strings.ToUpper(argv[1])]
	}
	return !read && !strings.HasSuffix(verb, "_RO") && !strings.HasSuffix(verb, "SUBSCRIBE")
}

var apart = setOf(`ACL ASKING AUTH CLIENT CLUSTER COMMAND DEBUG FUNCTION HELLO LATENCY MEMORY MODULE MONITOR PING QUIT READONLY
	READWRITE ROLE SCRIPT SELECT SENTINEL SLOWLOG WAIT WAITAOF WATCH`)

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// reads holds the commands with methods, by name, and whether they only read in all of their forms.
var reads = sync.OnceValue(func() map[string]bool {
	only := map[string]bool{}
	for _, c := range table.Rows() {
		before, there := only[c.Name]
		only[c.Name] = c.Effect == table.Read && (before || !there)
	}
	return only
})

// Ask sets how the proxy itself runs a command on the server, on a connection of its own: to find out whether the server
// knows a script, and for [Touch]. It must return within some seconds.
func (p *Proxy) Ask(do func(args ...string) (*rueidis.RedisMessage, error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ask = do
}

func (p *Proxy) asker() func(args ...string) (*rueidis.RedisMessage, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ask
}

// knows reports whether the server has the script that is called, as far as can be found out. If it does not, the call is only
// the client's question whether it has.
func (p *Proxy) knows(verb string, argv []string) bool {
	ask := p.asker()
	if verb != "EVALSHA" || len(argv) < 2 || ask == nil {
		return true
	}
	reply, err := ask("SCRIPT", "EXISTS", argv[1])
	if err != nil {
		return true
	}
	found, err := reply.AsIntSlice()
	return err != nil || len(found) != 1 || found[0] == 1
}

// touch changes a key for everybody who watches it, and leaves its value and its TTL as they are.
func (p *Proxy) touch(key string) {
	ask := p.asker()
	if ask == nil {
		p.tb.Errorf("faultproxy: Touch needs Ask")
		return
	}
	if _, err := ask("EVAL", touching, "2", key, beside(key)); err != nil {
		p.tb.Errorf("faultproxy: changing a watched key: %v", err)
	}
}

const touching = `if redis.call('EXISTS', KEYS[1]) == 1 then
	redis.call('COPY', KEYS[1], KEYS[2], 'REPLACE')
	redis.call('RENAME', KEYS[2], KEYS[1])
else
	redis.call('SET', KEYS[1], '')
	redis.call('DEL', KEYS[1])
end`

// beside returns a key that nobody uses, in the slot of key.
func beside(key string) string {
	if open := strings.IndexByte(key, '{'); open < 0 || strings.IndexByte(key[open:], '}') < 2 {
		key = "{" + key + "}"
	}
	return key + ":faultproxy:touch"
}

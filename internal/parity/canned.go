package parity

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/canned"
)

// Canned is a client with no server behind it, so that what is measured is the client alone.
type Canned struct {
	Client rueidis.Client
	DB     *rueidistx.DB
	conn   *canned.Conn
}

// NewCanned returns a client that has nothing left to do once only. Close it.
func NewCanned() (*Canned, error) {
	option, conn := canned.Option()
	db, err := rueidistx.Open(option)
	if err != nil {
		return nil, err
	}
	c := &Canned{db.Client(), db, conn}
	// The first transaction of a DB asks first whether MULTI is allowed, and the server for its role.
	conn.Serve("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n+OK\r\n*0\r\n", "+OK\r\n+QUEUED\r\n*1\r\n+PONG\r\n")
	err = c.DB.Transact(ctx, func(tx *rueidistx.Tx) error {
		tx.Ping()
		return nil
	})
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close closes the client.
func (c *Canned) Close() {
	c.conn.Serve("+PONG\r\n") // it says goodbye with a command
	c.DB.Close()
}

// Serve returns w, which works on c's client, with the replies of t prepared before each run.
func (c *Canned) Serve(t Task, w *Worker) *Worker {
	replies, do := t.replies(), w.Do
	return &Worker{func() error {
		c.conn.Serve(replies)
		return do()
	}, w.Answers}
}

// replies are a server's to the first run of t.
func (t Task) replies() string {
	var replies strings.Builder
	if t.Shape == Tx {
		replies.WriteString("+OK\r\n" + strings.Repeat("+QUEUED\r\n", t.N) + fmt.Sprintf("*%d\r\n", t.N))
	}
	for i := range t.N {
		switch t.kindOf(i) {
		case Set:
			replies.WriteString("+OK\r\n")
		case Get:
			replies.WriteString("$64\r\n" + Values[t.valueOf(i)] + "\r\n")
		case IncrBy:
			replies.WriteString(":" + strconv.FormatInt(Increment(t.First+i), 10) + "\r\n")
		}
	}
	return replies.String()
}

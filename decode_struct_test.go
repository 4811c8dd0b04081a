package rueidistx_test

import "time"

type decodeTarget struct {
	A  string
	N  int8   `redis:"OK"`
	F  *uint  `redis:"1"`
	S  []byte `redis:"s3cr3t"`
	At time.Time
	No int `redis:"-"`
}

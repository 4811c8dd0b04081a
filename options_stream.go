package rueidistx

import "time"

// XReadOption is an option of XREAD: [Count], [MaxCount], [MaxSize].
type XReadOption interface{ xReadOption() }

// XReadGroupOption is an option of XREADGROUP: [Count], [MaxCount], [MaxSize], [NoAck].
type XReadGroupOption interface{ xReadGroupOption() }

// XGroupCreateOption is an option of XGROUP CREATE: [MkStream], [EntriesRead].
type XGroupCreateOption interface{ xGroupCreateOption() }

// XGroupSetIDOption is an option of XGROUP SETID: [EntriesRead].
type XGroupSetIDOption interface{ xGroupSetIDOption() }

// XSetIDOption is an option of XSETID: [EntriesAdded], [MaxDeletedID].
type XSetIDOption interface{ xSetIDOption() }

// XPendingOption is an option of XPENDING: [Idle].
type XPendingOption interface{ xPendingOption() }

// XClaimOption is an option of XCLAIM: [Idle], [DeliveredAt], [RetryCount], [Force], [LastID].
type XClaimOption interface{ xClaimOption() }

// XAutoClaimOption is an option of XAUTOCLAIM: [Count].
type XAutoClaimOption interface{ xAutoClaimOption() }

// XNackOption is an option of XNACK: [RetryCount], [Force].
type XNackOption interface{ xNackOption() }

// XRefOption says what becomes of the entries of a stream that are pending in its groups, where XTRIM, XDELEX and XACKDEL
// delete them: [KeepRef], [DelRef], [Acked].
type XRefOption interface{ xRefOption() }

// XCfgSetOption is what XCFGSET changes: [IdempotenceDuration], [IdempotenceMaxSize].
type XCfgSetOption interface{ xCfgSetOption() }

func (itemCount) xReadOption()      {}
func (itemCount) xReadGroupOption() {}
func (itemCount) xAutoClaimOption() {}

type xReadGroupWord uint8

// NoAck makes XREADGROUP deliver entries that need not be acknowledged: they do not become pending.
const NoAck = xReadGroupWord(wordNoAck)

func (xReadGroupWord) xReadGroupOption() {}

type xGroupCreateWord uint8

// MkStream makes XGROUP CREATE create an empty stream if there is none.
const MkStream = xGroupCreateWord(wordMkStream)

func (xGroupCreateWord) xGroupCreateOption() {}

type forceWord uint8

// Force makes XCLAIM and XNACK accept entries that are in the stream but not pending.
const Force = forceWord(wordForce)

func (forceWord) xClaimOption() {}
func (forceWord) xNackOption()  {}

type refWord uint8

const (
	KeepRef = refWord(wordKeepRef) // XADD, XTRIM, XDELEX, XACKDEL: deletes entries and leaves their IDs pending, as is done without an option
	DelRef  = refWord(wordDelRef)  // deletes entries, and they are not pending any longer
	Acked   = refWord(wordAcked)   // deletes only entries that every group has read and acknowledged
)

func (refWord) xAddOption() {}
func (refWord) xRefOption() {}

// number is an option with a number.
type number struct {
	word     optionWord
	n, least int64
}

func (o number) append(words []string) ([]string, optionWord, *failure) {
	if o.n < o.least && o.word != 0 {
		return words, o.word, invalid("the number of %v is less than %d", o.word, o.least)
	}
	return append(words, o.word.String(), integer(o.n)), o.word, nil
}

type readLimit number

// MaxCount makes n the greatest number of entries that XREAD or XREADGROUP returns of all streams together, where [Count] is
// about each of them. It needs Redis 8.10. An n that is not positive is [ErrInvalid].
func MaxCount(n int64) readLimit { return readLimit{wordMaxCount, n, 1} }

// MaxSize ends the reply of XREAD or XREADGROUP after about n bytes of all streams together. It needs Redis 8.10. An n that
// is not positive is [ErrInvalid].
func MaxSize(n int64) readLimit { return readLimit{wordMaxSize, n, 1} }

func (readLimit) xReadOption()      {}
func (readLimit) xReadGroupOption() {}

type entriesRead number

// EntriesRead tells XGROUP CREATE and XGROUP SETID how many entries of the stream a group has read, from which the server
// derives its lag; -1 if that is not known. It needs Redis 7.0. An n below -1 is [ErrInvalid].
func EntriesRead(n int64) entriesRead { return entriesRead{wordEntriesRead, n, -1} }

func (entriesRead) xGroupCreateOption() {}
func (entriesRead) xGroupSetIDOption()  {}

type entriesAdded number

// EntriesAdded tells XSETID how many entries were ever added to a stream. It needs Redis 7.0. A negative n is [ErrInvalid].
func EntriesAdded(n int64) entriesAdded { return entriesAdded{wordEntriesAdded, n, 0} }

func (entriesAdded) xSetIDOption() {}

type maxDeletedID string

// MaxDeletedID tells XSETID the greatest ID of an entry that was deleted from a stream. It needs Redis 7.0.
func MaxDeletedID(id string) maxDeletedID { return maxDeletedID(id) }

func (maxDeletedID) xSetIDOption() {}

type entryIdle number

// Idle makes XPENDING leave out the entries that were delivered less than d ago, which needs Redis 6.2. With XCLAIM, the
// entries count as delivered d ago, instead of now. Parts of a millisecond are rounded up. A negative d is
// [ErrInvalid].
func Idle(d time.Duration) entryIdle { return entryIdle{wordIdle, milliseconds(d), 0} }

func (entryIdle) xPendingOption() {}
func (entryIdle) xClaimOption()   {}

type deliveryTime number

// DeliveredAt makes XCLAIM take t, to the millisecond, rounded up, as the time when the entries were delivered. A t
// before 1970 is [ErrInvalid].
func DeliveredAt(t time.Time) deliveryTime {
	if unix := t.Unix(); unix > maxUnix || unix < 0 {
		return deliveryTime{wordTime, -1, 0}
	}
	return deliveryTime{wordTime, unixMilli(t), 0}
}

func (deliveryTime) xClaimOption() {}

type retryCount number

// RetryCount makes XCLAIM and XNACK set how often the entries count as delivered. A negative n is [ErrInvalid].
func RetryCount(n int64) retryCount { return retryCount{wordRetryCount, n, 0} }

func (retryCount) xClaimOption() {}
func (retryCount) xNackOption()  {}

type lastID string

// LastID makes XCLAIM also move the group's last delivered ID forward to id.
func LastID(id string) lastID { return lastID(id) }

func (lastID) xClaimOption() {}

type idempotence number

// IdempotenceDuration makes XCFGSET set how long a stream remembers the IDs of [Idempotent] entries, in whole seconds,
// rounded up. The server accepts up to a day. A d that is not positive is [ErrInvalid].
func IdempotenceDuration(d time.Duration) idempotence {
	n := seconds(d)
	if d%time.Second > 0 {
		n++
	}
	return idempotence{wordIDMPDuration, n, 1}
}

// IdempotenceMaxSize makes XCFGSET set how many IDs of [Idempotent] entries a stream remembers for each producer. The server
// accepts up to 10,000. An n that is not positive is [ErrInvalid].
func IdempotenceMaxSize(n int64) idempotence { return idempotence{wordIDMPMaxSize, n, 1} }

func (idempotence) xCfgSetOption() {}

// producing is the ID by which a stream recognizes an entry that a producer adds again.
type producing struct {
	word         optionWord // IDMP or IDMPAUTO
	producer, id string
}

// Idempotent makes XADD add no entry if the producer has added one with the same id, as long as the stream remembers that:
// see [IdempotenceDuration]. The reply is then the ID of the entry that there is. It needs Redis 8.6.
func Idempotent(producer, id string) producing { return producing{wordIDMP, producer, id} }

// IdempotentAuto is [Idempotent] with an id that the server derives from the entry's fields.
func IdempotentAuto(producer string) producing { return producing{wordIDMPAuto, producer, ""} }

func (producing) xAddOption() {}

func (o producing) append(words []string) []string {
	words = append(words, o.word.String(), o.producer)
	if o.word == wordIDMP {
		words = append(words, o.id)
	}
	return words
}

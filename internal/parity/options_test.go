package parity

import (
	"time"

	"github.com/rueidistx/rueidistx"
)

// options are the options that there are, with a word that each of them sends.
var options = []struct {
	option any
	word   string
}{
	{rueidistx.NX, "NX"}, {rueidistx.XX, "XX"}, {rueidistx.GT, "GT"}, {rueidistx.LT, "LT"}, {rueidistx.CH, "CH"},
	{rueidistx.KeepTTL, "KEEPTTL"}, {rueidistx.Persist, "PERSIST"}, {rueidistx.Rev, "REV"},
	{rueidistx.NoMkStream, "NOMKSTREAM"}, {rueidistx.Limit(0, 1), "LIMIT"}, {rueidistx.ID(""), entryID},
	{rueidistx.EX(time.Second), "EX"}, {rueidistx.EX(time.Millisecond), "PX"}, {rueidistx.EXAT(date), "EXAT"},
	{rueidistx.EXAT(instant), "PXAT"}, {rueidistx.Match(""), "MATCH"}, {rueidistx.Count(1), "COUNT"},
	{rueidistx.Approx, "APPROX"}, {rueidistx.Ascending, "ASC"}, {rueidistx.Descending, "DESC"},
	{rueidistx.CountAny(1), "ANY"}, {rueidistx.StoreDist, "STOREDIST"}, {rueidistx.Weights(1), "WEIGHTS"},
	{rueidistx.AggregateSum, "SUM"}, {rueidistx.AggregateMin, "MIN"}, {rueidistx.AggregateMax, "MAX"},
	{rueidistx.AggregateCount, "COUNT"}, {rueidistx.Rank(1), "RANK"}, {rueidistx.CompareAtMost(1), "MAXLEN"},
	{rueidistx.CAS, "CAS"}, {rueidistx.NoQuant, "NOQUANT"}, {rueidistx.Bin, "BIN"}, {rueidistx.Q8, "Q8"},
	{rueidistx.EF(1), "EF"}, {rueidistx.SetAttr(""), "SETATTR"}, {rueidistx.NumLinks(1), "M"},
	{rueidistx.Epsilon(1), "EPSILON"}, {rueidistx.Filter(""), "FILTER"}, {rueidistx.FilterEF(1), "FILTER-EF"},
	{rueidistx.Truth, "TRUTH"}, {rueidistx.NoThread, "NOTHREAD"}, {rueidistx.MatchAll, "AND"},
	{rueidistx.NoCase, "NOCASE"}, {rueidistx.LimitTo(1), "LIMIT"}, {rueidistx.Async, "ASYNC"}, {rueidistx.Sync, "SYNC"},
	{rueidistx.LibraryName(""), "LIBRARYNAME"}, {rueidistx.WithCode, "WITHCODE"}, {rueidistx.Flush, "FLUSH"},
	{rueidistx.MaxLen(1), "MAXLEN"}, {rueidistx.MinID(""), "MINID"}, {rueidistx.MaxLen(1).About(), "~"},
	{rueidistx.IfEq(""), "IFEQ"}, {rueidistx.IfNe(""), "IFNE"}, {rueidistx.IfDigestEq(digest), "IFDEQ"},
	{rueidistx.IfDigestNe(digest), "IFDNE"}, {rueidistx.Saturate, "SATURATE"}, {rueidistx.ENX, "ENX"},
	{rueidistx.LowerBound(0), "LBOUND"}, {rueidistx.UpperBound(0), "UBOUND"}, {rueidistx.LowerBoundFloat(0), "LBOUND"},
	{rueidistx.UpperBoundFloat(0), "UBOUND"}, {rueidistx.InBytes, "BYTE"}, {rueidistx.InBits, "BIT"},
	{rueidistx.BitGet(rueidistx.Signed(1), 0), "GET"}, {rueidistx.BitSet(rueidistx.Signed(1), 0, 0), "SET"},
	{rueidistx.BitIncrBy(rueidistx.Signed(1), 0, 0), "INCRBY"}, {rueidistx.Overflow(rueidistx.BitWrap), "WRAP"},
	{rueidistx.Overflow(rueidistx.BitSaturate), "SAT"}, {rueidistx.Overflow(rueidistx.BitFail), "FAIL"},
	{rueidistx.OfType("hash"), "TYPE"}, {rueidistx.Replace, "REPLACE"}, {rueidistx.DestinationDB(0), "DB"},
	{rueidistx.IdleTime(0), "IDLETIME"}, {rueidistx.Freq(0), "FREQ"}, {rueidistx.Samples(0), "SAMPLES"},
	{rueidistx.By(""), "BY"}, {rueidistx.Alphabetic, "ALPHA"}, {rueidistx.FNX, "FNX"}, {rueidistx.FXX, "FXX"},
	{rueidistx.MaxLen(1).Exactly(), "="}, {rueidistx.MaxLen(1).About().AtMost(1), "LIMIT"}, {rueidistx.NoAck, "NOACK"},
	{rueidistx.MkStream, "MKSTREAM"}, {rueidistx.Force, "FORCE"}, {rueidistx.KeepRef, "KEEPREF"},
	{rueidistx.DelRef, "DELREF"}, {rueidistx.Acked, "ACKED"}, {rueidistx.MaxCount(1), "MAXCOUNT"},
	{rueidistx.MaxSize(1), "MAXSIZE"}, {rueidistx.EntriesRead(1), "ENTRIESREAD"},
	{rueidistx.EntriesAdded(1), "ENTRIESADDED"}, {rueidistx.MaxDeletedID(""), "MAXDELETEDID"},
	{rueidistx.Idle(0), "IDLE"}, {rueidistx.DeliveredAt(date), "TIME"}, {rueidistx.RetryCount(1), "RETRYCOUNT"},
	{rueidistx.LastID(""), "LASTID"}, {rueidistx.IdempotenceDuration(1), "IDMP-DURATION"},
	{rueidistx.IdempotenceMaxSize(1), "IDMP-MAXSIZE"}, {rueidistx.Idempotent("", ""), "IDMP"},
	{rueidistx.IdempotentAuto(""), "IDMPAUTO"},
}

package parity

import (
	"strconv"

	"github.com/rueidistx/rueidistx"
)

func streamWriteShapes() []shape {
	return []shape{
		use("XAdd", "KEEPREF", text,
			func(c *commands) futureOf[string] { return c.XAdd(key, []string{key2, value}, rueidistx.KeepRef) },
			func(b builder) completed {
				return b.Xadd().Key(key).Keepref().Id("*").FieldValue().FieldValue(key2, value).Build()
			}),
		use("XTrim", "KEEPREF", number,
			func(c *commands) futureOf[int64] { return c.XTrim(key, rueidistx.MinID(key2), rueidistx.KeepRef) },
			func(b builder) completed { return b.Xtrim().Key(key).Minid().Threshold(key2).Keepref().Build() }),
		use("XDelEx", "KEEPREF", changes(3),
			func(c *commands) futureOf[[]rueidistx.EntryChange] {
				return c.XDelEx(key, elements[:3], rueidistx.KeepRef)
			},
			func(b builder) completed {
				return b.Xdelex().Key(key).Keepref().Ids().Numids(3).Id(elements[:3]...).Build()
			}),
		use("XAckDel", "KEEPREF", changes(3),
			func(c *commands) futureOf[[]rueidistx.EntryChange] {
				return c.XAckDel(key, value, elements[:3], rueidistx.KeepRef)
			},
			func(b builder) completed {
				return b.Xackdel().Key(key).Group(value).Keepref().Ids().Numids(3).Id(elements[:3]...).Build()
			}),
		use("XAdd", "DELREF", text,
			func(c *commands) futureOf[string] { return c.XAdd(key, []string{key2, value}, rueidistx.DelRef) },
			func(b builder) completed {
				return b.Xadd().Key(key).Delref().Id("*").FieldValue().FieldValue(key2, value).Build()
			}),
		use("XTrim", "DELREF", number,
			func(c *commands) futureOf[int64] { return c.XTrim(key, rueidistx.MinID(key2), rueidistx.DelRef) },
			func(b builder) completed { return b.Xtrim().Key(key).Minid().Threshold(key2).Delref().Build() }),
		use("XDelEx", "DELREF", changes(3),
			func(c *commands) futureOf[[]rueidistx.EntryChange] {
				return c.XDelEx(key, elements[:3], rueidistx.DelRef)
			},
			func(b builder) completed {
				return b.Xdelex().Key(key).Delref().Ids().Numids(3).Id(elements[:3]...).Build()
			}),
		use("XAckDel", "DELREF", changes(3),
			func(c *commands) futureOf[[]rueidistx.EntryChange] {
				return c.XAckDel(key, value, elements[:3], rueidistx.DelRef)
			},
			func(b builder) completed {
				return b.Xackdel().Key(key).Group(value).Delref().Ids().Numids(3).Id(elements[:3]...).Build()
			}),
		use("XAdd", "ACKED", text,
			func(c *commands) futureOf[string] { return c.XAdd(key, []string{key2, value}, rueidistx.Acked) },
			func(b builder) completed {
				return b.Xadd().Key(key).Acked().Id("*").FieldValue().FieldValue(key2, value).Build()
			}),
		use("XTrim", "ACKED", number,
			func(c *commands) futureOf[int64] { return c.XTrim(key, rueidistx.MinID(key2), rueidistx.Acked) },
			func(b builder) completed { return b.Xtrim().Key(key).Minid().Threshold(key2).Acked().Build() }),
		use("XDelEx", "ACKED", changes(3),
			func(c *commands) futureOf[[]rueidistx.EntryChange] {
				return c.XDelEx(key, elements[:3], rueidistx.Acked)
			},
			func(b builder) completed {
				return b.Xdelex().Key(key).Acked().Ids().Numids(3).Id(elements[:3]...).Build()
			}),
		use("XAckDel", "ACKED", changes(3),
			func(c *commands) futureOf[[]rueidistx.EntryChange] {
				return c.XAckDel(key, value, elements[:3], rueidistx.Acked)
			},
			func(b builder) completed {
				return b.Xackdel().Key(key).Group(value).Acked().Ids().Numids(3).Id(elements[:3]...).Build()
			}),
		use("XAdd", "IDMP", text,
			func(c *commands) futureOf[string] {
				return c.XAdd(key, []string{key2, value}, rueidistx.Idempotent(key3, value))
			},
			func(b builder) completed {
				return b.Xadd().Key(key).Idmp().Pid(key3).Iid(value).Id("*").FieldValue().FieldValue(key2, value).Build()
			}),
		use("XAdd", "IDMPAUTO", text,
			func(c *commands) futureOf[string] {
				return c.XAdd(key, []string{key2, value}, rueidistx.IdempotentAuto(key3))
			},
			func(b builder) completed {
				return b.Xadd().Key(key).Idmpauto().Pid(key3).Id("*").FieldValue().FieldValue(key2, value).Build()
			}),
		use("XAdd", "MAXLEN =", text,
			func(c *commands) futureOf[string] {
				return c.XAdd(key, []string{key2, value}, rueidistx.MaxLen(large).Exactly())
			},
			func(b builder) completed {
				return b.Xadd().Key(key).Maxlen().Exact().Threshold(strconv.FormatInt(large, 10)).Id("*").FieldValue().FieldValue(key2, value).Build()
			}),
		use("XTrim", "MINID =", number,
			func(c *commands) futureOf[int64] { return c.XTrim(key, rueidistx.MinID(key2).Exactly()) },
			func(b builder) completed { return b.Xtrim().Key(key).Minid().Exact().Threshold(key2).Build() }),
		use("XAdd", "MAXLEN ~ LIMIT", text,
			func(c *commands) futureOf[string] {
				return c.XAdd(key, []string{key2, value}, rueidistx.MaxLen(large).About().AtMost(small))
			},
			func(b builder) completed {
				return b.Xadd().Key(key).Maxlen().Almost().Threshold(strconv.FormatInt(large, 10)).Limit(small).Id("*").FieldValue().FieldValue(key2, value).Build()
			}),
		use("XTrim", "MAXLEN ~ LIMIT", number,
			func(c *commands) futureOf[int64] { return c.XTrim(key, rueidistx.MaxLen(large).About().AtMost(small)) },
			func(b builder) completed {
				return b.Xtrim().Key(key).Maxlen().Almost().Threshold(strconv.FormatInt(large, 10)).Limit(small).Build()
			}),
		use("XCfgSet", "IDMP-DURATION IDMP-MAXSIZE", status,
			func(c *commands) futureOf[string] {
				return c.XCfgSet(key, rueidistx.IdempotenceDuration(whole), rueidistx.IdempotenceMaxSize(large))
			},
			func(b builder) completed {
				return b.Xcfgset().Key(key).IdmpDuration().Duration(5400).IdmpMaxsize().Maxsize(large).Build()
			}),
		use("XSetID", "", status,
			func(c *commands) futureOf[string] { return c.XSetID(key, entryID) },
			func(b builder) completed { return b.Xsetid().Key(key).LastId(entryID).Build() }),
		use("XSetID", "ENTRIESADDED MAXDELETEDID", status,
			func(c *commands) futureOf[string] {
				return c.XSetID(key, entryID, rueidistx.EntriesAdded(large), rueidistx.MaxDeletedID(key2))
			},
			func(b builder) completed {
				return b.Xsetid().Key(key).LastId(entryID).Entriesadded(large).Maxdeletedid(key2).Build()
			}),
		use("XGroupCreate", "", status,
			func(c *commands) futureOf[string] { return c.XGroupCreate(key, value, entryID) },
			func(b builder) completed { return b.XgroupCreate().Key(key).Group(value).Id(entryID).Build() }),
		use("XGroupCreate", "MKSTREAM ENTRIESREAD", status,
			func(c *commands) futureOf[string] {
				return c.XGroupCreate(key, value, entryID, rueidistx.MkStream, rueidistx.EntriesRead(large))
			},
			func(b builder) completed {
				return b.XgroupCreate().Key(key).Group(value).Id(entryID).Mkstream().Entriesread(large).Build()
			}),
		use("XGroupCreateConsumer", "", flag,
			func(c *commands) futureOf[bool] { return c.XGroupCreateConsumer(key, value, key2) },
			func(b builder) completed {
				return b.XgroupCreateconsumer().Key(key).Group(value).Consumer(key2).Build()
			}),
		use("XGroupDelConsumer", "", number,
			func(c *commands) futureOf[int64] { return c.XGroupDelConsumer(key, value, key2) },
			func(b builder) completed {
				return b.XgroupDelconsumer().Key(key).Group(value).Consumername(key2).Build()
			}),
		use("XGroupDestroy", "", flag,
			func(c *commands) futureOf[bool] { return c.XGroupDestroy(key, value) },
			func(b builder) completed { return b.XgroupDestroy().Key(key).Group(value).Build() }),
		use("XGroupSetID", "", status,
			func(c *commands) futureOf[string] { return c.XGroupSetID(key, value, entryID) },
			func(b builder) completed { return b.XgroupSetid().Key(key).Group(value).Id(entryID).Build() }),
		use("XGroupSetID", "ENTRIESREAD", status,
			func(c *commands) futureOf[string] {
				return c.XGroupSetID(key, value, entryID, rueidistx.EntriesRead(large))
			},
			func(b builder) completed {
				return b.XgroupSetid().Key(key).Group(value).Id(entryID).Entriesread(large).Build()
			}),
		use("XNack", "Silent", number,
			func(c *commands) futureOf[int64] { return c.XNack(key, value, rueidistx.NackSilent, elements[:3]) },
			func(b builder) completed {
				return b.Xnack().Key(key).Group(value).Silent().Ids().Numids(3).Id(elements[:3]...).Build()
			}),
		use("XNack", "Fail", number,
			func(c *commands) futureOf[int64] { return c.XNack(key, value, rueidistx.NackFail, elements[:3]) },
			func(b builder) completed {
				return b.Xnack().Key(key).Group(value).Fail().Ids().Numids(3).Id(elements[:3]...).Build()
			}),
		use("XNack", "Fatal", number,
			func(c *commands) futureOf[int64] { return c.XNack(key, value, rueidistx.NackFatal, elements[:3]) },
			func(b builder) completed {
				return b.Xnack().Key(key).Group(value).Fatal().Ids().Numids(3).Id(elements[:3]...).Build()
			}),
		use("XNack", "RETRYCOUNT FORCE", number,
			func(c *commands) futureOf[int64] {
				return c.XNack(key, value, rueidistx.NackFail, elements[:3], rueidistx.RetryCount(large), rueidistx.Force)
			},
			func(b builder) completed {
				return b.Xnack().Key(key).Group(value).Fail().Ids().Numids(3).Id(elements[:3]...).Count(large).Force().Build()
			}),
	}
}

func streamGroupShapes() []shape {
	return []shape{
		use("XPending", "", summary(3),
			func(c *commands) futureOf[rueidistx.PendingSummary] { return c.XPending(key, value) },
			func(b builder) completed { return b.Xpending().Key(key).Group(value).Build() }),
		use("XPending", "nothing", noSummary,
			func(c *commands) futureOf[rueidistx.PendingSummary] { return c.XPending(key, value) },
			func(b builder) completed { return b.Xpending().Key(key).Group(value).Build() }),
		use("XPendingEntries", "", pendingOf(3),
			func(c *commands) futureOf[[]rueidistx.PendingEntry] {
				return c.XPendingEntries(key, value, key2, key3, large)
			},
			func(b builder) completed {
				return b.Xpending().Key(key).Group(value).Start(key2).End(key3).Count(large).Build()
			}),
		use("XPendingEntries", "IDLE", pendingOf(3),
			func(c *commands) futureOf[[]rueidistx.PendingEntry] {
				return c.XPendingEntries(key, value, key2, key3, large, rueidistx.Idle(fraction))
			},
			func(b builder) completed {
				return b.Xpending().Key(key).Group(value).Idle(5_400_250).Start(key2).End(key3).Count(large).Build()
			}),
		use("XPendingConsumer", "IDLE", pendingOf(3),
			func(c *commands) futureOf[[]rueidistx.PendingEntry] {
				return c.XPendingConsumer(key, value, key, key2, key3, large, rueidistx.Idle(fraction))
			},
			func(b builder) completed {
				return b.Xpending().Key(key).Group(value).Idle(5_400_250).Start(key2).End(key3).Count(large).Consumer(key).Build()
			}),
		use("XPendingConsumer", "", pendingOf(3),
			func(c *commands) futureOf[[]rueidistx.PendingEntry] {
				return c.XPendingConsumer(key, value, key, key2, key3, large)
			},
			func(b builder) completed {
				return b.Xpending().Key(key).Group(value).Start(key2).End(key3).Count(large).Consumer(key).Build()
			}),
		use("XClaim", "", entries(3),
			func(c *commands) futureOf[[]rueidistx.StreamEntry] {
				return c.XClaim(key, value, key2, whole, []string{entryID, "2-1"})
			},
			func(b builder) completed {
				return b.Xclaim().Key(key).Group(value).Consumer(key2).MinIdleTime(inMillis(whole)).Id(entryID, "2-1").Build()
			}),
		use("XClaimJustID", "", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.XClaimJustID(key, value, key2, whole, []string{entryID, "2-1"})
			},
			func(b builder) completed {
				return b.Xclaim().Key(key).Group(value).Consumer(key2).MinIdleTime(inMillis(whole)).Id(entryID, "2-1").Justid().Build()
			}),
		use("XClaim", "IDLE RETRYCOUNT FORCE", entries(3),
			func(c *commands) futureOf[[]rueidistx.StreamEntry] {
				return c.XClaim(key, value, key2, whole, []string{entryID, "2-1"}, rueidistx.Idle(fraction), rueidistx.RetryCount(large), rueidistx.Force)
			},
			func(b builder) completed {
				return b.Xclaim().Key(key).Group(value).Consumer(key2).MinIdleTime(inMillis(whole)).Id(entryID, "2-1").Idle(5_400_250).Retrycount(large).Force().Build()
			}),
		use("XClaimJustID", "IDLE RETRYCOUNT FORCE", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.XClaimJustID(key, value, key2, whole, []string{entryID, "2-1"}, rueidistx.Idle(fraction), rueidistx.RetryCount(large), rueidistx.Force)
			},
			func(b builder) completed {
				return b.Xclaim().Key(key).Group(value).Consumer(key2).MinIdleTime(inMillis(whole)).Id(entryID, "2-1").Idle(5_400_250).Retrycount(large).Force().Justid().Build()
			}),
		use("XClaim", "TIME", entries(3),
			func(c *commands) futureOf[[]rueidistx.StreamEntry] {
				return c.XClaim(key, value, key2, whole, []string{entryID, "2-1"}, rueidistx.DeliveredAt(instant))
			},
			func(b builder) completed {
				return b.Xclaim().Key(key).Group(value).Consumer(key2).MinIdleTime(inMillis(whole)).Id(entryID, "2-1").Time(instant.UnixMilli()).Build()
			}),
		use("XClaimJustID", "TIME", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.XClaimJustID(key, value, key2, whole, []string{entryID, "2-1"}, rueidistx.DeliveredAt(instant))
			},
			func(b builder) completed {
				return b.Xclaim().Key(key).Group(value).Consumer(key2).MinIdleTime(inMillis(whole)).Id(entryID, "2-1").Time(instant.UnixMilli()).Justid().Build()
			}),
		use("XClaim", "LASTID", entries(3),
			func(c *commands) futureOf[[]rueidistx.StreamEntry] {
				return c.XClaim(key, value, key2, whole, []string{entryID, "2-1"}, rueidistx.LastID(key3))
			},
			func(b builder) completed {
				return b.Arbitrary("XCLAIM").Keys(key).Args(value, key2, inMillis(whole), entryID, "2-1", "LASTID", key3).Build()
			}),
		use("XClaimJustID", "LASTID", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.XClaimJustID(key, value, key2, whole, []string{entryID, "2-1"}, rueidistx.LastID(key3))
			},
			func(b builder) completed {
				return b.Arbitrary("XCLAIM").Keys(key).Args(value, key2, inMillis(whole), entryID, "2-1", "LASTID", key3, "JUSTID").Build()
			}),
		use("XAutoClaim", "", claimed(3),
			func(c *commands) futureOf[rueidistx.Claimed[rueidistx.StreamEntry]] {
				return c.XAutoClaim(key, value, key2, whole, entryID)
			},
			func(b builder) completed {
				return b.Xautoclaim().Key(key).Group(value).Consumer(key2).MinIdleTime(inMillis(whole)).Start(entryID).Build()
			}),
		use("XAutoClaimJustID", "", claimedIDs(3),
			func(c *commands) futureOf[rueidistx.Claimed[string]] {
				return c.XAutoClaimJustID(key, value, key2, whole, entryID)
			},
			func(b builder) completed {
				return b.Xautoclaim().Key(key).Group(value).Consumer(key2).MinIdleTime(inMillis(whole)).Start(entryID).Justid().Build()
			}),
		use("XAutoClaim", "COUNT", claimed(3),
			func(c *commands) futureOf[rueidistx.Claimed[rueidistx.StreamEntry]] {
				return c.XAutoClaim(key, value, key2, whole, entryID, rueidistx.Count(small))
			},
			func(b builder) completed {
				return b.Xautoclaim().Key(key).Group(value).Consumer(key2).MinIdleTime(inMillis(whole)).Start(entryID).Count(small).Build()
			}),
		use("XAutoClaimJustID", "COUNT", claimedIDs(3),
			func(c *commands) futureOf[rueidistx.Claimed[string]] {
				return c.XAutoClaimJustID(key, value, key2, whole, entryID, rueidistx.Count(small))
			},
			func(b builder) completed {
				return b.Xautoclaim().Key(key).Group(value).Consumer(key2).MinIdleTime(inMillis(whole)).Start(entryID).Count(small).Justid().Build()
			}),
		use("XInfoStream", "", streamInfo,
			func(c *commands) futureOf[rueidistx.StreamInfo] { return c.XInfoStream(key) },
			func(b builder) completed { return b.XinfoStream().Key(key).Build() }),
		use("XInfoStreamFull", "", streamDetail,
			func(c *commands) futureOf[rueidistx.StreamDetail] { return c.XInfoStreamFull(key, large) },
			func(b builder) completed { return b.XinfoStream().Key(key).Full().Count(large).Build() }),
		use("XInfoGroups", "", groupInfo,
			func(c *commands) futureOf[[]rueidistx.GroupInfo] { return c.XInfoGroups(key) },
			func(b builder) completed { return b.XinfoGroups().Key(key).Build() }),
		use("XInfoConsumers", "", consumerInfo,
			func(c *commands) futureOf[[]rueidistx.ConsumerInfo] { return c.XInfoConsumers(key, value) },
			func(b builder) completed { return b.XinfoConsumers().Key(key).Group(value).Build() }),
	}
}

// Package optimistic has no code but tests: what Watch and Once promise, while connections are cut and EXEC arrives late.
//
// A bank moves money between accounts. Each transfer leaves its id in a ledger, in the transaction that moves the money, so
// that what callers were told can be compared with what the server has: a transfer is lost if somebody was told that it was
// applied and it is not there; doubled if it is there twice; misclassified if callers were told anything else that is not
// so. The same bank with a carrier that reads a marker and sends the transaction again must be caught.
//
// Transactions that read lists and append to them leave a history, which package serial checks: is there an order in which
// they would have read what they did read? The same transactions without WATCH must be caught.
//
// RUEIDISTX_TRANSACTIONS says how many transactions there are: that many transfers, a quarter as many with EXECs that
// arrive late, and half as many that append. The default takes seconds. RUEIDISTX_SEED is the seed of what is random, apart
// from what the scheduler does. Each test writes one line: its name and a JSON object with its figures.
package optimistic

// Package serial checks histories of transactions that read lists and append to them: is there an order, one after the
// other, in which the transactions would have read what they did read? It is what Elle does with such histories.
//
// A list shows the order of its own versions, because nothing is ever removed from it. So it is known which transaction
// comes first of two: the one whose append is further to the front (ww), the one whose append the other has read (wr), the
// one that has read the list without the other's append (rw), and the one that ended before the other began (time). No
// order exists exactly if these dependencies have a cycle.
package serial

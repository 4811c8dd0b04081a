package rueidistx

import "strconv"

// The slots of commands without a key, in rueidis: with a cluster's builder, and with any other.
const (
	anySlot = 1 << 14
	noSlot  = 1 << 15
)

// slot returns the hash slot of a key: CRC16 (XMODEM) of its {tag}, or of the whole key.
//
// https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model
func slot(key string) uint16 {
	key = hashed(key)
	var crc uint16
	for i := range len(key) {
		crc = crc<<8 ^ crcTable[byte(crc>>8)^key[i]]
	}
	return crc & (1<<14 - 1)
}

// hashed returns the part of a key that its slot depends on: what is between the first { and the next }, unless that is
// nothing.
func hashed(key string) string {
	for i := range len(key) {
		if key[i] != '{' {
			continue
		}
		for j := i + 1; j < len(key); j++ {
			if key[j] == '}' {
				if j > i+1 {
					key = key[i+1 : j]
				}
				break
			}
		}
		break
	}
	return key
}

var crcTable = func() (table [256]uint16) {
	for i := range table {
		crc := uint16(i) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
		table[i] = crc
	}
	return table
}()

// keyOf returns one of words that hashes to s, or else any key that does. It is needed because a command's slot can
// only be set by a key, and a command does not tell which of its words are keys.
func keyOf(s uint16, words []string) string {
	for _, a := range words {
		if slot(a) == s {
			return a
		}
	}
	for i := 0; ; i++ { // 16,384 tries on average; the digits reach every slot
		if key := strconv.Itoa(i); slot(key) == s {
			return key
		}
	}
}

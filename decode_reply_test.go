package rueidistx_test

import (
	"fmt"
	"strconv"
	"strings"
)

// secret stands in many replies below, and must not stand in any error.
const secret = "s3cr3t"

// kind is what a reply is, whatever the protocol.
type kind uint8

const (
	isText kind = iota
	isInteger
	isNull
	isDouble
	isBoolean
	isBig
	isVerbatim
	isFailure
	isArray
	isSet
	isMap    // keys and values in turn
	isScored // members and scores in turn, or fields and values: RESP3 has them in pairs
	isPush   // only nested, where no server has it
	kinds
)

// reply is a logical reply, which a server writes in a way of its own in each protocol.
type reply struct {
	kind  kind
	text  string // of whatever has one; "1" or "0" of a boolean
	parts []reply
	how   byte // which of the forms that a protocol has for it
	odd   bool // some of it is what no server replies: its forms need not agree
}

// recipe makes replies of bytes.
type recipe struct{ bytes []byte }

func (r *recipe) next() byte {
	if len(r.bytes) == 0 {
		return 0
	}
	b := r.bytes[0]
	r.bytes = r.bytes[1:]
	return b
}

var texts = []string{
	"", secret, "OK", "1", "0", "-1", "true", "inf", "-nan", "1e400", secret + "\r\n\x00\xff\x1b[31m", `{"A":"` + secret + `"}`,
	"{" + secret, "99999999999999999999", "1-1", "A", "N", "F", "At", "2024-02-29T12:00:00Z", "255", "txt:" + secret, "[1,null,3]",
}

func (r *recipe) text() string {
	n := int(r.next())
	if n < 2*len(texts) {
		return texts[n/2]
	}
	own := r.bytes[:min(n%16, len(r.bytes))]
	r.bytes = r.bytes[len(own):]
	if n%3 == 0 {
		return string(own) + secret
	}
	return string(own)
}

func (r *recipe) digits() string {
	numbers := []string{"0", "1", "-1", "-2", "2", "255", "1700000000", "4611686018427387904", "9223372036854775807", "-9223372036854775808"}
	if n := int(r.next()); n < 10*len(numbers) {
		return numbers[n/10]
	}
	return strconv.Itoa(int(int8(r.next())) * int(r.next()))
}

// scalar is a string or a number.
func (r *recipe) scalar() reply {
	how := r.next()
	switch k := []kind{isText, isText, isText, isInteger, isDouble, isBoolean, isBig, isVerbatim}[how%8]; k {
	case isInteger:
		return reply{kind: k, how: how, text: r.digits()}
	case isDouble:
		return reply{kind: k, how: how, text: []string{"1.5", "0", "-0", "1", "inf", "-inf", "nan", "5e-324", "1.7976931348623157e+308", "3.0000000000000004"}[r.next()%10]}
	case isBoolean:
		return reply{kind: k, how: how, text: []string{"0", "1"}[r.next()%2]}
	case isBig:
		return reply{kind: k, how: how, text: r.digits() + []string{"", "000000000000000000000"}[r.next()%2]}
	default:
		return reply{kind: k, how: how, text: r.text()}
	}
}

// anything is a reply of any type.
func (r *recipe) anything(depth int) reply {
	how := r.next()
	k := kind(how % byte(kinds))
	switch {
	case k == isNull:
		return reply{kind: k, how: how}
	case k == isFailure:
		return reply{kind: k, how: how, text: []string{"ERR ", "MINE ", ""}[r.next()%3] + r.text()}
	case k < isArray, depth == 0:
		return r.scalar()
	}
	all := reply{kind: k, how: how, odd: k == isPush || k == isScored}
	for range r.next() % 6 {
		all.parts = append(all.parts, r.anything(depth-1))
	}
	if k == isMap && len(all.parts)%2 != 0 {
		all.how |= streamed // the one way to write it
		all.odd = true
	}
	if k == isScored {
		all.kind = isArray
	}
	return all.examined()
}

// examined notes what is odd about a reply that has parts: keys that are no scalars, and keys that a map has twice, for values
// that are none.
func (r reply) examined() reply {
	keys := map[string]bool{}
	twice, plain := false, true
	for i, p := range r.parts {
		r.odd = r.odd || p.odd
		switch {
		case r.kind != isMap:
		case i%2 == 0:
			r.odd = r.odd || p.kind >= isArray
			twice = twice || keys[p.text]
			keys[p.text] = true
		default:
			plain = plain && p.kind < isArray && p.kind != isNull && p.kind != isFailure
		}
	}
	r.odd = r.odd || twice && !plain
	return r
}

// listOf is an array of what element makes.
func (r *recipe) listOf(k kind, element func() reply) reply {
	list := reply{kind: k, how: r.next()}
	for range r.next() % 6 {
		list.parts = append(list.parts, element())
		if k == isMap || k == isScored {
			list.parts = append(list.parts, element())
		}
	}
	return list.examined()
}

// usual is a reply of one of the forms that the decoders are for, or any other.
func (r *recipe) usual() reply {
	number := func() reply { return reply{kind: isInteger, text: r.digits()} }
	perhaps := func() reply {
		if r.next()%3 == 0 {
			return reply{kind: isNull, how: r.next()}
		}
		return r.scalar()
	}
	entry := func() reply {
		id := reply{kind: isText, text: r.text()}
		if r.next()%8 == 0 {
			return reply{kind: isArray, parts: []reply{id, {kind: isNull}}}
		}
		return reply{kind: isArray, parts: []reply{id, r.listOf(isMap, r.scalar)}}
	}
	switch r.next() % 10 {
	case 0:
		return r.scalar()
	case 1:
		return r.listOf(isMap, r.scalar)
	case 2:
		return r.listOf(isScored, r.scalar)
	case 3:
		return r.listOf(isArray, entry)
	case 4:
		return r.listOf(isSet, perhaps)
	case 5:
		return reply{kind: isArray, parts: []reply{number(), number()}}
	case 6:
		return entry()
	case 7:
		return r.listOf(isMap, perhaps)
	}
	any := r.anything(3)
	if any.kind == isPush { // which is no reply by itself
		return reply{kind: isArray, parts: []reply{any}, odd: true}
	}
	return any
}

// What the bits of reply.how ask for, where a protocol has it.
const (
	simple     = 1 << 4
	streamed   = 1 << 5
	attributed = 1 << 6
)

// inRESP2 is the reply as RESP2 has it: of strings, integers, arrays and nil alone.
func (r reply) inRESP2() reply {
	low := r
	switch r.kind {
	case isDouble, isBig, isVerbatim:
		low.kind = isText
	case isBoolean:
		low.kind = isInteger
	case isSet, isMap, isScored, isPush:
		low.kind = isArray
	}
	low.how &^= streamed | attributed
	low.parts = nil
	for _, p := range r.parts {
		low.parts = append(low.parts, p.inRESP2())
	}
	return low
}

// inRESP3 has pairs where RESP2 has them flat.
func (r reply) inRESP3() reply {
	if r.kind != isScored {
		return r
	}
	high := r
	high.kind, high.parts = isArray, nil
	for i := 0; i < len(r.parts); i += 2 {
		high.parts = append(high.parts, reply{kind: isArray, parts: r.parts[i : i+2]})
	}
	return high
}

var oneLine = strings.NewReplacer("\r", "", "\n", "")

// write writes the reply as it is.
func (r reply) write(b *strings.Builder) {
	if r.how&attributed != 0 && r.how&simple != 0 {
		b.WriteString("|1\r\n+ttl\r\n:3600\r\n")
	}
	switch r.kind {
	case isText:
		switch {
		case r.how&simple != 0 && oneLine.Replace(r.text) == r.text && r.text != "QUEUED":
			b.WriteString("+" + r.text + "\r\n")
		case r.how&streamed != 0:
			r.stream(b, '$', r.text)
		default:
			fmt.Fprintf(b, "$%d\r\n%s\r\n", len(r.text), r.text)
		}
	case isInteger:
		b.WriteString(":" + r.text + "\r\n")
	case isNull:
		switch {
		case r.how&streamed != 0:
			b.WriteString("_\r\n")
		case r.how&simple != 0:
			b.WriteString("*-1\r\n")
		default:
			b.WriteString("$-1\r\n")
		}
	case isDouble:
		b.WriteString("," + r.text + "\r\n")
	case isBoolean:
		b.WriteString("#" + map[string]string{"0": "f", "1": "t"}[r.text] + "\r\n")
	case isBig:
		b.WriteString("(" + r.text + "\r\n")
	case isVerbatim:
		text := []string{"txt:", "mkd:", "::::", "\xff\r\n:"}[r.how/64] + r.text
		if r.how&streamed != 0 {
			r.stream(b, '=', text)
			return
		}
		fmt.Fprintf(b, "=%d\r\n%s\r\n", len(text), text)
	case isFailure:
		if r.how&streamed != 0 {
			fmt.Fprintf(b, "!%d\r\n%s\r\n", len(r.text), r.text)
			return
		}
		b.WriteString("-" + oneLine.Replace(r.text) + "\r\n")
	default:
		sign, n := map[kind]string{isArray: "*", isSet: "~", isMap: "%", isPush: ">"}[r.kind], len(r.parts)
		if r.kind == isMap {
			n /= 2
		}
		size, end := strconv.Itoa(n), ""
		if r.how&streamed != 0 {
			size, end = "?", ".\r\n"
		}
		b.WriteString(sign + size + "\r\n")
		for _, p := range r.parts {
			p.write(b)
		}
		b.WriteString(end)
	}
}

// stream writes a string in two pieces.
func (r reply) stream(b *strings.Builder, sign byte, text string) {
	fmt.Fprintf(b, "%c?\r\n", sign)
	for _, piece := range []string{text[:len(text)/2], text[len(text)/2:]} {
		if piece != "" {
			fmt.Fprintf(b, ";%d\r\n%s\r\n", len(piece), piece)
		}
	}
	b.WriteString(";0\r\n")
}

// expected is what AsAny should make of the reply as it is.
func (r reply) expected() any {
	switch r.kind {
	case isInteger:
		n, _ := strconv.ParseInt(r.text, 10, 64)
		return n
	case isNull:
		return nil
	case isDouble:
		f, _ := strconv.ParseFloat(r.text, 64)
		return f
	case isBoolean:
		return r.text == "1"
	case isFailure:
		return fmt.Errorf("some error")
	case isArray, isSet:
		values := make([]any, len(r.parts))
		for i, p := range r.parts {
			values[i] = p.expected()
		}
		return values
	case isMap:
		values := make(map[string]any, len(r.parts)/2)
		for i := 0; i < len(r.parts); i += 2 {
			if k := r.parts[i].kind; k == isNull || k == isFailure {
				return fmt.Errorf("a key that is no text")
			}
			values[r.parts[i].text] = r.parts[i+1].expected()
		}
		return values
	}
	return r.text
}

package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/rueidistx/rueidistx/internal/table"
)

// operations declares what each command is: an op for each method, and one more if there is a command for milliseconds.
func operations(commands []table.Command) ([]byte, error) {
	var b bytes.Buffer
	rows := map[string]table.Command{}
	replies := []table.Reply{{GoType: "any", Decoder: "AsAny"}}
	var names []string
	b.WriteString("var (\n")
	declare := func(variable, name string, c table.Command) error {
		if old, ok := rows[name]; !ok {
			rows[name] = c
		} else if (old.Effect != c.Effect || old.Keys != c.Keys) && !c.Differs {
			return fmt.Errorf("%s: effect or keys are not those of %s, which is the same command", c.Method, old.Method)
		}
		r := slices.Index(replies, c.Reply)
		if r < 0 {
			r, replies = len(replies), append(replies, c.Reply)
		}
		names = append(names, variable)
		fmt.Fprintf(&b, "%s = &op{name: %q, id: %d, reply: %d", variable, name, len(names), r)
		for _, f := range []struct {
			name  string
			value int
		}{
			{"first", c.Keys.First}, {"last", c.Keys.Last}, {"step", c.Keys.Step}, {"numkeys", c.Keys.Numkeys},
			{"streams", c.Keys.Streams},
		} {
			if f.value != 0 {
				fmt.Fprintf(&b, ", %s: %d", f.name, f.value)
			}
		}
		if c.On == table.Auto {
			b.WriteString(", blocks: true")
		}
		if strings.HasPrefix(c.Reply.GoType, "Page[") {
			b.WriteString(", paged: true")
		}
		if c.RepliesKeys() {
			b.WriteString(", keyed: true")
		}
		if scope := c.Scope(); scope != "" {
			fmt.Fprintf(&b, ", scope: %s", scope)
		}
		if table.NotInScripts[name] || table.Rounded[name] {
			b.WriteString(", unscripted: true")
		}
		if table.Varying[name] {
			b.WriteString(", varies: true")
		}
		if n := c.Words(); n > 0 && c.Effect == "effectRead" {
			fmt.Fprintf(&b, ", words: %d", n)
		}
		fmt.Fprintf(&b, ", effect: %s}\n", c.Effect)
		return nil
	}
	for _, c := range commands {
		if err := declare(opVar(c), c.Name, c); err != nil {
			return nil, err
		}
		if c.Milli != "" {
			if err := declare(milliVar(c), c.Milli, c); err != nil {
				return nil, err
			}
		}
	}
	b.WriteString(")\n\n// ops are the commands that have methods, in the order of their ids, from 1 on.\nvar ops = [...]*op{\n")
	for _, name := range names {
		fmt.Fprintf(&b, "%s,\n", name)
	}
	b.WriteString("}\n\n// values decode a reply as the future of a method does; see op.reply.\n")
	b.WriteString("var values = [...]func(rueidis.RedisMessage) (any, error){\n")
	for _, r := range replies {
		fmt.Fprintf(&b, "boxed(%s),\n", r.Decoder)
	}
	b.WriteString("}\n\n")
	return source(b.Bytes())
}

func opVar(c table.Command) string    { return "op" + c.Method }
func milliVar(c table.Command) string { return "opP" + c.Method }

// Package grammar knows the grammar of a server's commands, as COMMAND DOCS has it.
package grammar

import (
	"context"
	"fmt"
	"strings"

	"github.com/redis/rueidis"
)

// Command is what a server says of a command, or of a subcommand.
type Command struct {
	Name              string // XGROUP CREATE
	Since             string
	Group             string
	Deprecated        bool
	Args              []Arg
	HasArgs           bool // the server documents them
	Flags             []string
	First, Last, Step int
}

// Arg is an argument of a command.
type Arg struct {
	Name, Type, Token  string
	Optional, Multiple bool
	MultipleToken      bool // the token is repeated too
	Args               []Arg
}

// String returns the argument as documentation writes it.
func (a Arg) String() string {
	text := a.Name
	switch {
	case a.Type == "oneof":
		text = "(" + join(a.Args, " | ") + ")"
	case a.Type == "block":
		text = join(a.Args, " ")
	case a.Type == "pure-token":
		text = ""
	}
	if a.Token != "" {
		text = strings.TrimSpace(a.Token + " " + text)
	}
	if a.Multiple {
		text += " [" + text + " ...]"
	}
	if a.Optional {
		text = "[" + text + "]"
	}
	return text
}

func join(args []Arg, separator string) string {
	list := make([]string, len(args))
	for i := range args {
		list[i] = args[i].String()
	}
	return strings.Join(list, separator)
}

// Tokens returns all words of the grammar that are written as they are.
func Tokens(args []Arg) (tokens []string) {
	for _, a := range args {
		if a.Token != "" {
			tokens = append(tokens, a.Token)
		}
		tokens = append(tokens, Tokens(a.Args)...)
	}
	return tokens
}

// Read asks the server about one command.
func Read(ctx context.Context, client rueidis.Client, name string) (*Command, error) {
	all, err := ReadAll(ctx, client)
	if err != nil {
		return nil, err
	}
	if c := all[strings.ToUpper(name)]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("the server does not know %s", name)
}

// ReadAll asks the server about all commands. Containers are not among them, only their subcommands.
func ReadAll(ctx context.Context, client rueidis.Client) (map[string]*Command, error) {
	all := map[string]*Command{}
	infos, err := client.Do(ctx, client.B().Arbitrary("COMMAND").Build()).ToArray()
	if err != nil {
		return nil, err
	}
	for i := range infos {
		if err := readInfo(all, &infos[i]); err != nil {
			return nil, err
		}
	}
	docs, err := client.Do(ctx, client.B().Arbitrary("COMMAND", "DOCS").Build()).ToMessage()
	if err != nil {
		return nil, err
	}
	return all, readDocs(all, &docs)
}

func readInfo(all map[string]*Command, m *rueidis.RedisMessage) error {
	fields, err := m.ToArray()
	if err != nil || len(fields) < 6 {
		return fmt.Errorf("COMMAND has another form (%w)", err)
	}
	name, err := fields[0].ToString()
	if err != nil {
		return err
	}
	c := &Command{Name: upper(name)}
	if c.Flags, err = fields[2].AsStrSlice(); err != nil {
		return err
	}
	for i, n := range []*int{&c.First, &c.Last, &c.Step} {
		v, err := fields[3+i].AsInt64()
		if err != nil {
			return err
		}
		*n = int(v)
	}
	var subcommands []rueidis.RedisMessage
	if len(fields) > 9 {
		subcommands, _ = fields[9].ToArray()
	}
	for i := range subcommands {
		if err := readInfo(all, &subcommands[i]); err != nil {
			return err
		}
	}
	if len(subcommands) == 0 {
		all[c.Name] = c
	}
	return nil
}

// upper returns a name as people write it: COMMAND has xgroup|create.
func upper(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "|", " ")) }

// readDocs adds what COMMAND DOCS says, to the commands and to their subcommands.
func readDocs(all map[string]*Command, docs *rueidis.RedisMessage) error {
	commands, err := fieldsOf(docs)
	if err != nil {
		return err
	}
	for name, doc := range commands {
		fields, err := fieldsOf(doc)
		if err != nil {
			return err
		}
		if subcommands := fields["subcommands"]; subcommands != nil {
			if err := readDocs(all, subcommands); err != nil {
				return err
			}
			continue
		}
		c := all[upper(name)]
		if c == nil {
			continue
		}
		c.Since, c.Group = textOf(fields["since"]), textOf(fields["group"])
		if flags := fields["doc_flags"]; flags != nil {
			list, _ := flags.AsStrSlice()
			c.Deprecated = strings.Contains(strings.Join(list, " "), "deprecated")
		}
		if c.HasArgs = fields["arguments"] != nil || c.Group != "module" && c.Group != ""; fields["arguments"] != nil {
			if c.Args, err = argsOf(fields["arguments"]); err != nil {
				return err
			}
		}
	}
	return nil
}

func argsOf(m *rueidis.RedisMessage) ([]Arg, error) {
	list, err := m.ToArray()
	if err != nil {
		return nil, err
	}
	args := make([]Arg, len(list))
	for i := range list {
		fields, err := fieldsOf(&list[i])
		if err != nil {
			return nil, err
		}
		a := Arg{Name: textOf(fields["name"]), Type: textOf(fields["type"]), Token: textOf(fields["token"])}
		if flags := fields["flags"]; flags != nil {
			words, _ := flags.AsStrSlice()
			for _, w := range words {
				switch w {
				case "optional":
					a.Optional = true
				case "multiple":
					a.Multiple = true
				case "multiple_token":
					a.MultipleToken = true
				}
			}
		}
		if nested := fields["arguments"]; nested != nil {
			if a.Args, err = argsOf(nested); err != nil {
				return nil, err
			}
		}
		args[i] = a
	}
	return args, nil
}

func textOf(m *rueidis.RedisMessage) string {
	if m == nil {
		return ""
	}
	text, _ := m.ToString()
	return text
}

func fieldsOf(m *rueidis.RedisMessage) (map[string]*rueidis.RedisMessage, error) {
	values, err := m.AsMap()
	if err != nil {
		return nil, err
	}
	fields := make(map[string]*rueidis.RedisMessage, len(values))
	for k, v := range values {
		fields[k] = &v
	}
	return fields, nil
}

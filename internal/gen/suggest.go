package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx/internal/grammar"
)

// suggest returns a row for a command, as far as the server at addr can tell. The method's name, its reply, what running it
// again does and its doc are for a person.
func suggest(name, addr string) (string, error) {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{addr}, ForceSingleClient: true, DisableCache: true})
	if err != nil {
		return "", err
	}
	defer client.Close()
	c, err := grammar.Read(context.Background(), client, name)
	if err != nil {
		return "", err
	}
	var params []string
	var wire []string
	for _, a := range c.Args {
		switch {
		case a.Optional:
			params = append(params, fmt.Sprintf("/* optional: %s */", a))
		case a.Multiple && a.Type != "block":
			params, wire = append(params, fmt.Sprintf("more(%q)", a.Name)), append(wire, a.Name)
		case a.Type == "integer":
			params, wire = append(params, fmt.Sprintf("i(%q)", a.Name)), append(wire, a.Name)
		case a.Type == "double":
			params, wire = append(params, fmt.Sprintf("f(%q)", a.Name)), append(wire, a.Name)
		case a.Type == "key" && a.Name == "key":
			params, wire = append(params, "key"), append(wire, a.Name)
		case a.Type == "key" || a.Type == "string" || a.Type == "pattern":
			params, wire = append(params, fmt.Sprintf("s(%q)", a.Name)), append(wire, a.Name)
		case a.Type == "pure-token":
			wire = append(wire, "'"+a.Token+"'")
		default:
			params = append(params, fmt.Sprintf("/* %s */", a))
		}
	}
	effect := "overwrite /* or accumulate */"
	if !slices.Contains(c.Flags, "write") {
		effect = "read"
	}
	on := ""
	if slices.Contains(c.Flags, "blocking") {
		on = " On: Auto,"
	}
	keys := fmt.Sprintf("Keys{First: %d, Last: %d, Step: %d}", c.First, c.Last, c.Step)
	if slices.Contains(c.Flags, "movablekeys") {
		keys += " /* movable */"
	}
	return fmt.Sprintf("{Name: %q, Method: %q, Params: list(%s), Wire: order(%q), Reply: r?, Keys: %s, Effect: %s,%s Since: %q, Cost: \"?\", Doc: \"?\"},",
		c.Name, camel(c.Name), strings.Join(params, ", "), wire, keys, effect, on, c.Since), nil
}

// camel guesses a method's name: GET, XGROUP CREATE.
func camel(name string) string {
	words := strings.Fields(strings.ToLower(name))
	for n, w := range words {
		words[n] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

package rueidistx

import (
	"strings"

	"github.com/redis/rueidis"
)

// ServerInfo is INFO's reply: sections in the server's order.
type ServerInfo []InfoSection

// InfoSection is a section of INFO's reply. Its fields are in the server's order, and a name, such as module, may occur
// more than once.
type InfoSection struct {
	Title  string // such as Memory; "" if the server has written fields before any title
	Fields []Field
}

// Get returns the value of the first field with a name, such as used_memory, in any section, and whether there is one.
func (i ServerInfo) Get(name string) (value string, ok bool) {
	for _, section := range i {
		for _, f := range section.Fields {
			if f.Name == name {
				return f.Value, true
			}
		}
	}
	return "", false
}

// AsServerInfo decodes the text of INFO: lines with a title behind #, and lines with a name, a colon and a value. Lines
// that are neither are left out.
func AsServerInfo(m rueidis.RedisMessage) (ServerInfo, error) {
	text, err := AsString(m)
	if err != nil {
		return nil, err
	}
	sections := ServerInfo{}
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line = strings.TrimSuffix(line, "\r")
		if title, ok := strings.CutPrefix(line, "#"); ok {
			sections = append(sections, InfoSection{Title: strings.TrimSpace(title), Fields: make([]Field, 0, fieldsBefore(text))})
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		if len(sections) == 0 {
			sections = append(sections, InfoSection{})
		}
		last := &sections[len(sections)-1]
		last.Fields = append(last.Fields, Field{name, value})
	}
	return sections, nil
}

// fieldsBefore returns how many lines of text are before the next title.
func fieldsBefore(text string) int {
	section, _, _ := strings.Cut(text, "\n#")
	return strings.Count(section, ":") // at least as many as there are fields
}

// asCounts decodes names with numbers, such as PUBSUB NUMSUB's reply.
func asCounts(m rueidis.RedisMessage) (map[string]int64, error) {
	counts := map[string]int64{}
	err := eachField(&m, func(name string, value rueidis.RedisMessage) (err error) {
		counts[name], err = decodeElement(value, AsInt64)
		return err
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}

package rueidistxtest_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The code in docs/testing.md that uses the kit is code of example_test.go, which runs.
func TestDocument(t *testing.T) {
	document, err := os.ReadFile("../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, block := range regexp.MustCompile("(?ms)^```go\n(.*?)^```").FindAllStringSubmatch(string(document), -1) {
		if strings.Contains(block[1], "rueidistxtest.") {
			if found++; !strings.Contains(string(examples), block[1]) {
				t.Errorf("not in example_test.go:\n%s", block[1])
			}
		}
	}
	if found == 0 {
		t.Error("there is no such code")
	}
}

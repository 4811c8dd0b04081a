package integration_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/integration"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestMain(m *testing.M) {
	flag.Parse()
	chooseExampleImage()
	os.Exit(integration.Main(m))
}

// chooseExampleImage makes the example, which knows nothing of this package, run on what the other tests run on.
func chooseExampleImage() {
	image, err := integration.Image(integration.Redis80)
	if err == nil {
		at := strings.LastIndex(image, ":")
		repository, tag = image[:at], image[at+1:]
		return
	}
	if redistest.Required("docker") {
		return // the example fails, as the others do
	}
	skip := flag.Lookup("test.skip")
	if err := skip.Value.Set(strings.TrimPrefix(skip.Value.String()+"|^TestTransfer$", "|")); err != nil {
		panic(err)
	}
}

// TestDocumentHasTheExample compares docs/testing.md with the example.
func TestDocumentHasTheExample(t *testing.T) {
	example, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	_, body, ok := strings.Cut(string(example), "\n\n") // without the package clause
	require.True(t, ok)
	document, err := os.ReadFile("../docs/testing.md")
	require.NoError(t, err)
	require.Contains(t, string(document), "```go\n"+body+"```\n", "docs/testing.md should have what example_test.go has")
}

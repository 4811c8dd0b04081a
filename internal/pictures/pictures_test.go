package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/generate"
)

func TestCommittedPicturesAreUpToDate(t *testing.T) {
	require.NoError(t, generate.Files("../..", pictures(), true))
}

func TestPicturesAreXML(t *testing.T) {
	for _, text := range pictures() {
		in := xml.NewDecoder(bytes.NewReader(text))
		for {
			_, err := in.Token()
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
		}
	}
}

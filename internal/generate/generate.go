// Package generate writes files that programs make, or compares them with those that are committed.
package generate

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Files writes files, by their names below a directory, or returns an error if check is true and one of them is not as it
// would be written.
func Files(dir string, files map[string][]byte, check bool) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, name)
		if !check {
			if err := os.WriteFile(path, files[name], 0o644); err != nil {
				return err
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, files[name]) {
			return fmt.Errorf("%s is not what is generated now: run go generate", name)
		}
	}
	return nil
}

// Main is the main function of a program that makes files for a directory, which is its argument. With -check it compares them.
func Main(make func(dir string) (map[string][]byte, error)) {
	check := flag.Bool("check", false, "compare instead of writing")
	flag.Parse()
	program := filepath.Base(os.Args[0])
	if flag.NArg() != 1 {
		fmt.Fprintf(os.Stderr, "usage: %s [-check] DIR\n", program)
		os.Exit(2)
	}
	files, err := make(flag.Arg(0))
	if err == nil {
		err = Files(flag.Arg(0), files, *check)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", program, err)
		os.Exit(1)
	}
}

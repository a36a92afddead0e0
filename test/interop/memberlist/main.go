// A peer for the interop tests: real memberlist nodes, driven by JSON lines on stdin, telling events as JSON lines on stdout.
// "peer record" prints packets and streams of real nodes instead, for the vectors that the unit tests pin.
package main

import (
	"fmt"
	"os"
)

func main() {
	var err error
	switch {
	case len(os.Args) == 1:
		err = serve(os.Stdin, os.Stdout)
	case len(os.Args) == 2 && os.Args[1] == "record":
		err = record(os.Stdout)
	default:
		err = fmt.Errorf("usage: peer [record]")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

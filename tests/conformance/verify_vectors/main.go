// verify_vectors DIR: what other people's code says of the shared vectors.
//
// For each case of the files that golang.org/x/mod/sumdb/tlog and note have a word for, it prints the file, the
// case, and "good" or "bad", with tabs between. Nothing of Tallystick's is used.
package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type given struct {
	Leaf, Root, Root1, Root2   string
	Index, Size, First, Second string
	Path, Vkeys                []string
	Note, Vkey, Use            string
}

type vector struct {
	Name  string
	Given given
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func hash(text string) (found tlog.Hash) {
	raw, err := hex.DecodeString(text)
	check(err)
	copy(found[:], raw)
	return found
}

func hashes(texts []string) (found []tlog.Hash) {
	for _, text := range texts {
		found = append(found, hash(text))
	}
	return found
}

func number(text string) int64 {
	found, err := strconv.ParseInt(text, 10, 64)
	check(err)
	return found
}

func inclusion(in given) error {
	return tlog.CheckRecord(hashes(in.Path), number(in.Size), hash(in.Root), number(in.Index), hash(in.Leaf))
}

func consistency(in given) error {
	return tlog.CheckTree(hashes(in.Path), number(in.Second), hash(in.Root2), number(in.First), hash(in.Root1))
}

func verifierKey(in given) error {
	_, err := note.NewVerifier(in.Vkey)
	return err
}

// open takes a note by nobody that is known for a good one: unknown signers are ignored.
func open(text []byte, vkeys ...string) error {
	var known []note.Verifier
	for _, vkey := range vkeys {
		verifier, err := note.NewVerifier(vkey)
		check(err)
		known = append(known, verifier)
	}
	_, err := note.Open(text, note.VerifierList(known...))
	if _, unverified := err.(*note.UnverifiedNoteError); unverified {
		return nil
	}
	return err
}

func notes(in given) error {
	raw, err := base64.StdEncoding.DecodeString(in.Note)
	check(err)
	return open(raw, in.Vkeys...)
}

func safely(judge func(given) error, in given) (err error) {
	defer func() {
		if said := recover(); said != nil {
			err = fmt.Errorf("%v", said)
		}
	}()
	return judge(in)
}

func main() {
	for name, judge := range map[string]func(given) error{
		"inclusion": inclusion, "consistency": consistency, "verifier-keys": verifierKey, "notes": notes,
	} {
		data, err := os.ReadFile(filepath.Join(os.Args[1], name+".json"))
		check(err)
		var file struct{ Cases []vector }
		check(json.Unmarshal(data, &file))
		for _, one := range file.Cases {
			if one.Given.Use == "witness" {
				continue
			}
			said := "good"
			if safely(judge, one.Given) != nil {
				said = "bad"
			}
			fmt.Printf("%s\t%s\t%s\n", name, one.Name, said)
		}
	}
}

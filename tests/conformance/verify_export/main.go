// verify_export DIR VKEY: is this exported log one tree, signed by this key?
//
// It reads checkpoint, tiles, entry bundles and bodies of an export, and believes nothing but the key. Of
// other people's code it uses golang.org/x/mod/sumdb/tlog and note, and nothing of Tallystick's.
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height, width = 8, 256

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// refuse is check of a sentence.
func refuse(wrong bool, format string, values ...any) {
	if wrong {
		check(fmt.Errorf(format, values...))
	}
}

// folder reads tiles as files; tlog asks for them and holds each to the tree's root.
type folder struct {
	path string
	seen map[string]bool
}

func (f folder) Height() int { return height }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		name := "tile/" + strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
		data, err := os.ReadFile(filepath.Join(f.path, name))
		if err != nil {
			return nil, err
		}
		f.seen[name] = true
		found = append(found, data)
	}
	return found, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

// number is C2SP's: x001/234.p/17.
func number(n, count int64) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		text = fmt.Sprintf("x%03d/%s", n%1000, text)
	}
	if count < width {
		text += fmt.Sprintf(".p/%d", count)
	}
	return text
}

// leaves of an entry bundle: each after its length in two bytes.
func leaves(data []byte, count int64) (found [][]byte) {
	for i := int64(0); i < count; i++ {
		refuse(len(data) < 2, "an entry bundle ends early")
		size := int(binary.BigEndian.Uint16(data))
		refuse(len(data) < 2+size, "an entry bundle ends early")
		found, data = append(found, data[2:2+size]), data[2+size:]
	}
	refuse(len(data) > 0, "an entry bundle has more than its entries")
	return found
}

// records of a stretch; nil for one that is not disclosed.
func records(data []byte, count int64) (found [][]byte) {
	for i := int64(0); i < count; i++ {
		refuse(len(data) < 4, "a file of records ends early")
		size := binary.BigEndian.Uint32(data)
		data = data[4:]
		if size == 0 || size == 1<<32-1 {
			found = append(found, nil)
			continue
		}
		refuse(uint64(len(data)) < uint64(size), "a file of records ends early")
		found, data = append(found, data[:size]), data[size:]
	}
	refuse(len(data) > 0, "a file of records has more than its records")
	return found
}

// disclosed leaves of a stretch: its entry bundle, or single ones in an export that was cut for a party.
func disclosed(path, name string, count int64) [][]byte {
	data, err := os.ReadFile(filepath.Join(path, "tile/entries", name))
	if err == nil {
		return leaves(data, count)
	}
	single, none := os.ReadFile(filepath.Join(path, "entries", name))
	if none != nil {
		check(err)
	}
	return records(single, count)
}

// bodyHash is what the author signed: a member of the payload in the envelope.
func bodyHash(leaf []byte) string {
	var envelope struct{ Payload string }
	check(json.Unmarshal(leaf, &envelope))
	payload, err := base64.StdEncoding.DecodeString(envelope.Payload)
	check(err)
	var entry struct {
		BodyHash string `json:"body_hash"`
	}
	check(json.Unmarshal(payload, &entry))
	return entry.BodyHash
}

// tiles counts those that a tree of this size has.
func tiles(size int64) (count int) {
	for level := size; level > 0; level /= width {
		count += int((level + width - 1) / width)
	}
	return count
}

func main() {
	refuse(len(os.Args) != 3, "verify_export DIR VKEY")
	path := os.Args[1]
	verifier, err := note.NewVerifier(os.Args[2])
	check(err)
	data, err := os.ReadFile(filepath.Join(path, "checkpoint"))
	check(err)
	signed, err := note.Open(data, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(signed.Text, "\n")
	refuse(len(lines) != 4 || lines[0] != verifier.Name(), "a checkpoint of another log")
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + lines[1] + "\n" + lines[2] + "\n"))
	check(err)

	files := folder{path, map[string]bool{}}
	proven := tlog.TileHashReader(tree, files)
	shown, told := 0, 0
	for start := int64(0); start < tree.N; start += width {
		count := min(width, tree.N-start)
		indexes := make([]int64, count)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, start+int64(i))
		}
		hashes, err := proven.ReadHashes(indexes)
		check(err)
		name := number(start/width, count)
		data, err := os.ReadFile(filepath.Join(path, "bodies", name))
		check(err)
		salted := records(data, count)
		for i, leaf := range disclosed(path, name, count) {
			index := start + int64(i)
			if leaf == nil {
				refuse(salted[i] != nil, "body %d without its entry", index)
				continue
			}
			refuse(tlog.RecordHash(leaf) != hashes[i], "entry %d is not the one in the tree", index)
			shown++
			if salted[i] != nil {
				sum := sha256.Sum256(salted[i])
				refuse(hex.EncodeToString(sum[:]) != bodyHash(leaf), "body %d is not the one signed", index)
				told++
			}
		}
	}
	refuse(len(files.seen) != tiles(tree.N), "%d tiles were read, there are %d", len(files.seen), tiles(tree.N))
	fmt.Printf("verified %d of %d entries, %d tiles, %d bodies\n", shown, tree.N, len(files.seen), told)
}

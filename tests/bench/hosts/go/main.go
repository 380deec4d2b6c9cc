// The program that c/host.c describes, in Go.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"

	"example.org/holdfast"
)

const kept = 1 << 20

type object struct {
	size int64
	data []byte
}

type shelf struct {
	mutex   sync.Mutex
	objects map[string]object
}

func (s *shelf) URI() string { return "shelf:" }

func (s *shelf) Create(name string) (holdfast.ObjectWriter, error) {
	return &writing{shelf: s, name: name}, nil
}

func (s *shelf) get(name string) (object, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	found, there := s.objects[name]
	if !there {
		return found, fs.ErrNotExist
	}
	return found, nil
}

func (s *shelf) Open(name string, offset, length int64) (io.ReadCloser, error) {
	found, e := s.get(name)
	if e != nil || found.size > kept {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(io.NewSectionReader(bytes.NewReader(found.data), offset, length)), nil
}

func (s *shelf) Stat(name string) (holdfast.ObjectInfo, error) {
	found, e := s.get(name)
	return holdfast.ObjectInfo{Name: name, Size: found.size}, e
}

func (s *shelf) List(prefix string, visit func(holdfast.ObjectInfo) error) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for name, found := range s.objects {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if e := visit(holdfast.ObjectInfo{Name: name, Size: found.size}); e != nil {
			return e
		}
	}
	return nil
}

func (s *shelf) Remove(name string) error {
	if _, e := s.get(name); e != nil {
		return e
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.objects, name)
	return nil
}

type writing struct {
	shelf *shelf
	name  string
	made  object
}

func (w *writing) Write(p []byte) (int, error) {
	if w.made.size += int64(len(p)); w.made.size <= kept {
		w.made.data = append(w.made.data, p...)
	}
	return len(p), nil
}

func (w *writing) Commit() error {
	w.shelf.mutex.Lock()
	defer w.shelf.mutex.Unlock()
	if _, there := w.shelf.objects[w.name]; there {
		return fs.ErrExist
	}
	w.shelf.objects[w.name] = w.made
	return nil
}

func (w *writing) Close() error { return nil }

type source struct {
	file  string
	piece int
}

func (s *source) Describe(context.Context) (holdfast.SourceInfo, error) {
	return holdfast.SourceInfo{URI: "bench:file", Name: "file"}, nil
}

func (s *source) Backup(_ context.Context, out *holdfast.Entries) error {
	file, e := os.Open(s.file)
	if e != nil {
		return e
	}
	defer file.Close()
	entry, e := out.Create("data")
	if e != nil {
		return e
	}
	for piece := make([]byte, s.piece); ; {
		n, e := file.Read(piece)
		if e == io.EOF {
			return entry.Close()
		}
		if e != nil {
			return e
		}
		if _, e := entry.Write(piece[:n]); e != nil {
			return e
		}
	}
}

func check(e error) {
	if e != nil {
		fmt.Fprintln(os.Stderr, e)
		os.Exit(1)
	}
}

var input = bufio.NewReader(os.Stdin)

func say(word string) {
	fmt.Println(word)
	_, _ = input.ReadString('\n')
}

func main() {
	piece, e := strconv.Atoi(os.Args[2])
	check(e)
	key := holdfast.Key([]byte("0123456789abcdef0123456789abcdef"))
	repository, e := holdfast.CreateOn(context.Background(), &shelf{objects: map[string]object{}}, key)
	check(e)
	say("ready")
	_, e = repository.BackupSource(context.Background(), &source{os.Args[1], piece})
	check(e)
	say("done")
	check(repository.Close())
}

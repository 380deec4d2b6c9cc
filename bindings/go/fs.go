package holdfast

// #include <stdlib.h>
// #include <holdfast.h>
// #include <holdfast_report.h>
import "C"

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sort"
	"time"
	"unsafe"
)

// FS is one source of a backup as a file system. It implements fs.FS, fs.ReadDirFS and fs.StatFS. An entry whose name
// is no valid path (fs.ValidPath), or is also the folder of another entry, is only in Entries and OpenEntry.
type FS struct {
	manifest handle[*C.holdfast_manifest]
	ctx      context.Context
	source   C.size_t
	info     description
	nodes    map[string]*node
}

type description struct {
	ID      string      `json:"id"`
	Time    time.Time   `json:"time"`
	Entries []EntryInfo `json:"entries"`
}

// FS opens one source of a backup for reading. The context ends all reading.
func (r *Repository) FS(ctx context.Context, backup string, source int, options ...Option) (*FS, error) {
	f := &FS{ctx: ctx, source: C.size_t(source)}
	f.manifest.what = "backup"
	e := r.ask(ctx, options, &f.info, func(c *call, r *C.holdfast_repository, text **C.char, err **C.holdfast_error) C.holdfast_status {
		status := C.holdfast_manifest_open(&f.manifest.c, r, c.text(backup), c.options, err)
		if status == C.HOLDFAST_OK {
			status = C.holdfast_manifest_to_json(text, f.manifest.c, err)
		}
		return status
	})
	if e == nil && (source < 0 || f.source >= C.holdfast_manifest_source_count(f.manifest.c)) {
		e = &Error{Code: NotFound, Message: fmt.Sprintf("backup %s has no source %d", f.info.ID, source)}
	}
	if e != nil {
		_ = f.Close()
		return nil, e
	}
	f.build()
	return f, nil
}

// Close frees it. Files that are open stay readable.
func (f *FS) Close() error {
	f.manifest.close(func(c *C.holdfast_manifest) { C.holdfast_manifest_free(c) })
	return nil
}

// Entries returns all entries of the source.
func (f *FS) Entries() []EntryInfo {
	var entries []EntryInfo
	for _, entry := range f.info.Entries {
		if entry.Source == int(f.source) {
			entries = append(entries, entry)
		}
	}
	return entries
}

// OpenEntry opens an entry by its name. Every hash is checked before Read returns io.EOF.
func (f *FS) OpenEntry(name string) (io.ReadCloser, error) {
	n, e := cText(name)
	if e != nil {
		return nil, e
	}
	defer C.free(unsafe.Pointer(n))
	r := &reader{ctx: f.ctx}
	r.what = "entry"
	e = f.manifest.use(func(manifest *C.holdfast_manifest) error {
		entry := C.holdfast_manifest_find(manifest, f.source, n)
		if entry == nil {
			return &Error{Code: NotFound, Message: fmt.Sprintf("source %d of backup %s has no entry %q", f.source, f.info.ID, name)}
		}
		return try(func(err **C.holdfast_error) C.holdfast_status {
			return C.holdfast_manifest_read(&r.c, manifest, entry, err)
		})
	})
	if e != nil {
		return nil, e
	}
	return r, nil
}

// node is a file or folder, and its own fs.FileInfo and fs.DirEntry.
type node struct {
	name     string
	size     int64
	time     time.Time
	children []fs.DirEntry // of a folder, sorted
	folder   bool
}

func (n *node) Name() string               { return n.name }
func (n *node) Size() int64                { return n.size }
func (n *node) ModTime() time.Time         { return n.time }
func (n *node) IsDir() bool                { return n.folder }
func (n *node) Sys() any                   { return nil }
func (n *node) Type() fs.FileMode          { return n.Mode().Type() }
func (n *node) Info() (fs.FileInfo, error) { return n, nil }
func (n *node) Mode() fs.FileMode {
	if n.folder {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

func (f *FS) build() {
	f.nodes = map[string]*node{".": {name: ".", time: f.info.Time, folder: true}}
	for _, entry := range f.Entries() {
		if fs.ValidPath(entry.Name) && entry.Name != "." {
			f.folder(path.Dir(entry.Name))
		}
	}
	for _, entry := range f.Entries() {
		if fs.ValidPath(entry.Name) && f.nodes[entry.Name] == nil {
			f.add(entry.Name, &node{size: entry.SizeBytes})
		}
	}
	for _, n := range f.nodes {
		sort.Slice(n.children, func(i, j int) bool { return n.children[i].Name() < n.children[j].Name() })
	}
}

func (f *FS) folder(name string) {
	if f.nodes[name] == nil {
		f.folder(path.Dir(name))
		f.add(name, &node{folder: true})
	}
}

func (f *FS) add(name string, n *node) {
	n.name, n.time = path.Base(name), f.info.Time
	f.nodes[name] = n
	parent := f.nodes[path.Dir(name)]
	parent.children = append(parent.children, n)
}

func (f *FS) find(operation, name string) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: operation, Path: name, Err: fs.ErrInvalid}
	}
	n := f.nodes[name]
	if n == nil {
		return nil, &fs.PathError{Op: operation, Path: name, Err: fs.ErrNotExist}
	}
	return n, nil
}

// Open opens a file or folder.
func (f *FS) Open(name string) (fs.File, error) {
	n, e := f.find("open", name)
	if e != nil {
		return nil, e
	}
	if n.folder {
		return &folder{node: n}, nil
	}
	r, e := f.OpenEntry(name)
	if e != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: e}
	}
	return &file{ReadCloser: r, node: n}, nil
}

// Stat returns what is known of a file or folder, without opening it.
func (f *FS) Stat(name string) (fs.FileInfo, error) { return f.found(f.find("stat", name)) }

func (*FS) found(n *node, e error) (fs.FileInfo, error) {
	if e != nil {
		return nil, e
	}
	return n, nil
}

// ReadDir returns what is in a folder, sorted by name.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	n, e := f.find("readdir", name)
	if e != nil {
		return nil, e
	}
	if !n.folder {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	return append([]fs.DirEntry(nil), n.children...), nil
}

type file struct {
	io.ReadCloser
	node *node
}

func (f *file) Stat() (fs.FileInfo, error) { return f.node, nil }

type folder struct {
	node *node
	read int
}

func (d *folder) Stat() (fs.FileInfo, error) { return d.node, nil }
func (d *folder) Close() error               { return nil }
func (d *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.node.name, Err: fs.ErrInvalid}
}

func (d *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.node.children[d.read:]
	if n > 0 && len(rest) == 0 {
		return nil, io.EOF
	}
	if n > 0 && n < len(rest) {
		rest = rest[:n]
	}
	d.read += len(rest)
	return append([]fs.DirEntry(nil), rest...), nil
}

var _ interface {
	fs.ReadDirFS
	fs.StatFS
} = (*FS)(nil)

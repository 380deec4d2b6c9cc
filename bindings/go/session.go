package holdfast

// #include <stdlib.h>
// #include <holdfast.h>
import "C"

import (
	"context"
	"io"
	"runtime/cgo"
	"sync"
	"unsafe"
)

// Session is a backup that the caller fills. Closed without Commit, it never existed.
type Session struct {
	call   *call
	writer *C.holdfast_backup_writer
	once   sync.Once
}

// Begin begins a backup. Its context cancels it until it is closed.
func (r *Repository) Begin(ctx context.Context, options ...Option) (*Session, error) {
	c, e := begin(ctx, options)
	if e != nil {
		return nil, e
	}
	session := &Session{call: c}
	e = r.use(func(repository *C.holdfast_repository) error {
		var err *C.holdfast_error
		status := C.holdfast_backup_writer_begin(&session.writer, repository, c.options, &err)
		return c.failed(status, err)
	})
	if e != nil {
		c.end()
		return nil, e
	}
	return session, nil
}

// AddSource begins a source: uri "app:notes" and name "notes" are for people. Backups of one URI are a series.
func (s *Session) AddSource(uri, name string) (*Entries, error) {
	if s.writer == nil {
		return nil, &Error{Code: InvalidState, Message: "the session is closed"}
	}
	u, e := cText(uri)
	if e != nil {
		return nil, e
	}
	defer C.free(unsafe.Pointer(u))
	n, e := cText(name)
	if e != nil {
		return nil, e
	}
	defer C.free(unsafe.Pointer(n))
	var source C.size_t
	var err *C.holdfast_error
	if status := C.holdfast_backup_writer_add_source(&source, s.writer, u, n, &err); status != C.HOLDFAST_OK {
		return nil, s.call.failed(status, err)
	}
	return &Entries{writer: s.writer, source: source}, nil
}

// Commit makes the backup exist: it survives any later crash. Fails while an entry is neither closed nor aborted.
func (s *Session) Commit() error {
	if s.writer == nil {
		return &Error{Code: InvalidState, Message: "the session is closed"}
	}
	var err *C.holdfast_error
	status := C.holdfast_backup_writer_commit(nil, s.writer, &err)
	return s.call.failed(status, err)
}

// Close discards the backup unless it was committed.
func (s *Session) Close() error {
	s.once.Do(func() {
		C.holdfast_backup_writer_free(s.writer)
		s.writer = nil
		s.call.end()
	})
	return nil
}

// Entries creates the entries of one source. Safe from many goroutines.
type Entries struct {
	writer *C.holdfast_backup_writer
	source C.size_t
}

// Create begins an entry: any name that is unique in its source. Options are those with "entry.".
func (w *Entries) Create(name string, options ...Option) (*Entry, error) {
	c, e := begin(context.Background(), options)
	if e != nil {
		return nil, e
	}
	defer c.end()
	entry := &Entry{}
	var err *C.holdfast_error
	status := C.holdfast_backup_writer_open(&entry.c, w.writer, w.source, c.text(name), c.text("stream"), c.options, &err)
	if e := c.failed(status, err); e != nil {
		return nil, e
	}
	return entry, nil
}

// Entry is an io.WriteCloser: Close adds it to the backup. Abort leaves it out; after an error of Write that is all that
// can be done.
type Entry struct {
	c *C.holdfast_writer
}

// Write appends bytes: all of them, or it fails.
func (e *Entry) Write(p []byte) (int, error) {
	if e.c == nil {
		return 0, &Error{Code: InvalidState, Message: "the entry is closed"}
	}
	if len(p) == 0 {
		return 0, nil
	}
	var err *C.holdfast_error
	if status := C.holdfast_writer_write(e.c, unsafe.Pointer(&p[0]), C.size_t(len(p)), &err); status != C.HOLDFAST_OK {
		return 0, made(status, err)
	}
	return len(p), nil
}

// Close adds the entry to the backup, with its attributes if there are any.
func (e *Entry) Close() error {
	return e.end(func(err **C.holdfast_error) C.holdfast_status { return C.holdfast_writer_commit(e.c, err) })
}

// Abort leaves the entry out of the backup.
func (e *Entry) Abort() error {
	return e.end(func(err **C.holdfast_error) C.holdfast_status { return C.holdfast_writer_abort(e.c, err) })
}

func (e *Entry) end(finish func(**C.holdfast_error) C.holdfast_status) error {
	if e.c == nil {
		return nil
	}
	var err *C.holdfast_error
	status := finish(&err)
	C.holdfast_writer_free(e.c)
	e.c = nil
	return made(status, err)
}

// reader is a stream of the library.
type reader struct {
	ctx context.Context
	c   *C.holdfast_reader
}

func (r *reader) Read(p []byte) (int, error) {
	if r.c == nil {
		return 0, &Error{Code: InvalidState, Message: "the entry is closed"}
	}
	if e := r.ctx.Err(); e != nil {
		return 0, &Error{Code: Cancelled, Message: e.Error(), cause: e}
	}
	if len(p) == 0 {
		return 0, nil
	}
	var length C.size_t
	var err *C.holdfast_error
	if status := C.holdfast_reader_read(&length, r.c, unsafe.Pointer(&p[0]), C.size_t(len(p)), &err); status != C.HOLDFAST_OK {
		return 0, made(status, err)
	}
	if length == 0 {
		return 0, io.EOF
	}
	return int(length), nil
}

func (r *reader) Close() error {
	C.holdfast_reader_free(r.c)
	r.c = nil
	return nil
}

// value returns what a handle stands for.
func value[T any](handle C.uintptr_t) T { return cgo.Handle(handle).Value().(T) }

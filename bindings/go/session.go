package holdfast

// #include <stdlib.h>
// #include <holdfast_driver.h>
// #include <holdfast_report.h>
import "C"

import (
	"context"
	"io"
	"time"
	"unsafe"
)

// Session is a backup that the caller fills. Closed without Commit, it never existed.
type Session struct {
	writer handle[*C.holdfast_backup_writer]
	call   *call
}

// Begin begins a backup. Its context cancels it until it is closed.
func (r *Repository) Begin(ctx context.Context, options ...Option) (*Session, error) {
	c, e := begin(ctx, options)
	if e != nil {
		return nil, e
	}
	session := &Session{call: c}
	session.writer.what = "session"
	e = r.use(func(repository *C.holdfast_repository) error {
		return c.try(func(err **C.holdfast_error) C.holdfast_status {
			return C.holdfast_backup_writer_begin(&session.writer.c, repository, c.options, err)
		})
	})
	if e != nil {
		c.end()
		return nil, e
	}
	return session, nil
}

// AddSource begins a source: uri "app:notes" and name "notes" are for people. Backups of one URI are a series.
func (s *Session) AddSource(uri, name string) (*Entries, error) {
	entries := &Entries{writer: &s.writer}
	e := withTexts(uri, name, func(uri, name *C.char) error {
		return s.try(func(writer *C.holdfast_backup_writer, err **C.holdfast_error) C.holdfast_status {
			return C.holdfast_backup_writer_add_source(&entries.source, writer, uri, name, err)
		})
	})
	if e != nil {
		return nil, e
	}
	return entries, nil
}

// Commit makes the backup exist: it survives any later crash. Fails while an entry is neither closed nor aborted.
func (s *Session) Commit() (backup Backup, e error) {
	var text *C.char
	e = s.try(func(writer *C.holdfast_backup_writer, err **C.holdfast_error) C.holdfast_status {
		var made *C.holdfast_backup
		status := C.holdfast_backup_writer_commit(&made, writer, err)
		if status == C.HOLDFAST_OK {
			status = C.holdfast_backup_to_json(&text, made, err)
		}
		C.holdfast_backup_free(made)
		return status
	})
	if e == nil {
		e = parse(text, &backup)
	}
	return backup, e
}

func (s *Session) try(make func(*C.holdfast_backup_writer, **C.holdfast_error) C.holdfast_status) error {
	return s.writer.use(func(writer *C.holdfast_backup_writer) error {
		return s.call.try(func(err **C.holdfast_error) C.holdfast_status { return make(writer, err) })
	})
}

// Close discards the backup unless it was committed.
func (s *Session) Close() error {
	s.writer.close(func(c *C.holdfast_backup_writer) {
		C.holdfast_backup_writer_free(c)
		s.call.end()
	})
	return nil
}

// Entries creates the entries of one source. Safe from many goroutines.
type Entries struct {
	writer    *handle[*C.holdfast_backup_writer]
	source    C.size_t
	operation *handle[*C.holdfast_context] // nil in a session
}

// Create begins an entry: any name that is unique in its source. Options are those with "entry.".
func (w *Entries) Create(name string, options ...Option) (*Entry, error) {
	c, e := begin(context.Background(), options)
	if e != nil {
		return nil, e
	}
	defer c.end()
	entry := &Entry{}
	entry.what = "entry"
	e = w.writer.use(func(writer *C.holdfast_backup_writer) error {
		return c.try(func(err **C.holdfast_error) C.holdfast_status {
			return C.holdfast_backup_writer_open(&entry.c, writer, w.source, c.text(name), c.text("stream"), c.options, err)
		})
	})
	if e != nil {
		return nil, e
	}
	return entry, nil
}

// Note adds metadata to the source.
func (w *Entries) Note(key, value string) error {
	return withTexts(key, value, func(key, value *C.char) error {
		return w.writer.use(func(writer *C.holdfast_backup_writer) error {
			return try(func(err **C.holdfast_error) C.holdfast_status {
				return C.holdfast_backup_writer_note(writer, w.source, key, value, err)
			})
		})
	})
}

// SetInstant says as of when the data is consistent.
func (w *Entries) SetInstant(instant time.Time) error {
	return w.writer.use(func(writer *C.holdfast_backup_writer) error {
		return try(func(err **C.holdfast_error) C.holdfast_status {
			return C.holdfast_backup_writer_set_instant(writer, w.source, C.int64_t(instant.UnixMicro()), err)
		})
	})
}

// Warn reports a warning as an event of the operation that calls a Source; the object may be empty. A Session has no
// events: it fails there.
func (w *Entries) Warn(message, object string) error {
	return w.tell(message, object, func(c *C.holdfast_context, message, object *C.char) {
		C.holdfast_context_warn(c, message, object)
	})
}

// Log reports a line for a log in the same way.
func (w *Entries) Log(message string) error {
	return w.tell(message, "", func(c *C.holdfast_context, message, _ *C.char) { C.holdfast_context_log(c, message) })
}

func (w *Entries) tell(message, object string, tell func(c *C.holdfast_context, message, object *C.char)) error {
	if w.operation == nil {
		return &Error{Code: InvalidState, Message: "a session has no events"}
	}
	return withTexts(message, object, func(message, object *C.char) error {
		return w.operation.use(func(c *C.holdfast_context) error {
			tell(c, message, object)
			return nil
		})
	})
}

// Entry is an io.WriteCloser: Close adds it to the backup. Abort leaves it out; after an error of Write that is all that
// can be done.
type Entry struct {
	handle[*C.holdfast_writer]
}

// Write appends bytes: all of them, or it fails.
func (e *Entry) Write(p []byte) (int, error) {
	failure := e.use(func(c *C.holdfast_writer) error {
		if len(p) == 0 {
			return nil
		}
		return try(func(err **C.holdfast_error) C.holdfast_status {
			return C.holdfast_writer_write(c, unsafe.Pointer(&p[0]), C.size_t(len(p)), err)
		})
	})
	if failure != nil {
		return 0, failure
	}
	return len(p), nil
}

// Close adds the entry to the backup, with its attributes if there are any.
func (e *Entry) Close() error {
	return e.end(func(c *C.holdfast_writer, err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_writer_commit(c, err)
	})
}

// Abort leaves the entry out of the backup.
func (e *Entry) Abort() error {
	return e.end(func(c *C.holdfast_writer, err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_writer_abort(c, err)
	})
}

func (e *Entry) end(finish func(*C.holdfast_writer, **C.holdfast_error) C.holdfast_status) (failure error) {
	e.close(func(c *C.holdfast_writer) {
		failure = try(func(err **C.holdfast_error) C.holdfast_status { return finish(c, err) })
		C.holdfast_writer_free(c)
	})
	return failure
}

// reader is a stream of the library.
type reader struct {
	handle[*C.holdfast_reader]
	ctx context.Context
}

func (r *reader) Read(p []byte) (int, error) {
	var length C.size_t
	e := r.use(func(c *C.holdfast_reader) error {
		if e := r.ctx.Err(); e != nil {
			return &Error{Code: Cancelled, Message: e.Error(), cause: e}
		}
		if len(p) == 0 {
			return nil
		}
		return try(func(err **C.holdfast_error) C.holdfast_status {
			return C.holdfast_reader_read(&length, c, unsafe.Pointer(&p[0]), C.size_t(len(p)), err)
		})
	})
	if e == nil && length == 0 && len(p) > 0 {
		e = io.EOF
	}
	return int(length), e
}

func (r *reader) Close() error {
	r.close(func(c *C.holdfast_reader) { C.holdfast_reader_free(c) })
	return nil
}

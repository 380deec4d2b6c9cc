package holdfast

// #include <stdlib.h>
// #include <holdfast.h>
// #include "tables.h"
import "C"

import (
	"context"
	"errors"
	"io"
	"runtime/cgo"
)

// Source is data of the caller's own. Both functions are called on one goroutine, which is not the caller's.
type Source interface {
	// Describe tells what will be read, without reading it. Fails early for problems that would fail later.
	Describe(ctx context.Context) (SourceInfo, error)
	// Backup creates all entries, as of one moment. After an error there is no backup. The entries may be written by
	// goroutines that end before it returns.
	Backup(ctx context.Context, out *Entries) error
}

// SourceInfo describes a source for people and for retention.
type SourceInfo struct {
	URI          string // "app:notes", without secrets; backups of one URI are a series
	Name         string
	SizeEstimate uint64 // bytes, for progress; 0 = unknown
}

// lent is an object in the hands of the library, and what it failed with.
type lent[T any] struct {
	object T
	ctx    context.Context
	failed error
}

// explain adds the object's own error to that of the operation.
func (l *lent[T]) explain(failure error) error {
	var own *Error
	if l.failed != nil && errors.As(failure, &own) && own.cause == nil {
		own.cause = l.failed
	}
	return failure
}

type (
	lentSource = lent[Source]
	lentWriter = lent[io.Writer]
)

func lendSource(ctx context.Context, source Source) (*lentSource, *C.holdfast_source, error) {
	if source == nil {
		return nil, nil, invalid("the source is nil")
	}
	l := &lentSource{object: source, ctx: ctx}
	handle := C.uintptr_t(cgo.NewHandle(l))
	var made *C.holdfast_source
	e := try(func(err **C.holdfast_error) C.holdfast_status { return C.hf_source_new(&made, handle, err) })
	return l, made, e
}

func lendWriter(w io.Writer) (*lentWriter, *C.holdfast_writer, error) {
	if w == nil {
		return nil, nil, invalid("the writer is nil")
	}
	l := &lentWriter{object: w}
	handle := C.uintptr_t(cgo.NewHandle(toWriter{l}))
	var made *C.holdfast_writer
	e := try(func(err **C.holdfast_error) C.holdfast_status { return C.hf_writer_new(&made, handle, err) })
	return l, made, e
}

// toWriter is an io.Writer for an export.
type toWriter struct{ *lentWriter }

func (w toWriter) Write(p []byte) (n int, e error) {
	n, e = w.object.Write(p)
	w.failed = e
	return n, e
}

func (w toWriter) Commit() error { return nil }

//export hfRelease
func hfRelease(handle C.uintptr_t) {
	defer cgo.Handle(handle).Delete()
	defer func() { _ = recover() }() // a panic must not cross C, and there is nobody to tell it
	if closer, ok := cgo.Handle(handle).Value().(io.Closer); ok {
		_ = closer.Close()
	}
}

//export hfSourceDescribe
func hfSourceDescribe(handle C.uintptr_t, uri, name **C.char, size *C.uint64_t, err **C.holdfast_error) C.holdfast_status {
	lent := value[*lentSource](handle)
	return answer(err, func() error {
		info, e := lent.object.Describe(lent.ctx)
		if lent.failed = e; e != nil {
			return e
		}
		if *uri, e = cText(info.URI); e != nil { // the C side frees both
			return e
		}
		*name, e = cText(info.Name)
		*size = C.uint64_t(info.SizeEstimate)
		return e
	})
}

//export hfSourceBackup
func hfSourceBackup(handle C.uintptr_t, writer *C.holdfast_backup_writer, source C.size_t, operation *C.holdfast_context,
	err **C.holdfast_error) C.holdfast_status {
	lent := value[*lentSource](handle)
	out := &Entries{writer: newHandle(writer, "source"), source: source, operation: newHandle(operation, "source")}
	defer out.writer.close(func(*C.holdfast_backup_writer) {}) // both are the library's again
	defer out.operation.close(func(*C.holdfast_context) {})
	return answer(err, func() error {
		lent.failed = lent.object.Backup(lent.ctx, out)
		return lent.failed
	})
}

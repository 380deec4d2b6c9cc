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
	"unsafe"
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

// lentSource is a source in the hands of the library, and what it failed with.
type lentSource struct {
	ctx    context.Context
	source Source
	failed error
	c      *C.holdfast_source
}

func lendSource(ctx context.Context, source Source) (*lentSource, error) {
	if source == nil {
		return nil, invalid("the source is nil")
	}
	lent := &lentSource{ctx: ctx, source: source}
	var err *C.holdfast_error
	status := C.hf_source_new(&lent.c, C.uintptr_t(cgo.NewHandle(lent)), &err)
	return lent, made(status, err)
}

// explain adds the source's own error to that of the operation.
func (l *lentSource) explain(failure error) error {
	var own *Error
	if l.failed != nil && errors.As(failure, &own) && own.cause == nil {
		own.cause = l.failed
	}
	return failure
}

//export hfRelease
func hfRelease(handle C.uintptr_t) {
	if closer, ok := cgo.Handle(handle).Value().(interface{ release() }); ok {
		closer.release()
	}
	cgo.Handle(handle).Delete()
}

//export hfSourceDescribe
func hfSourceDescribe(handle C.uintptr_t, uri, name **C.char, size *C.uint64_t, err **C.holdfast_error) C.holdfast_status {
	lent := value[*lentSource](handle)
	return answer(err, func() error {
		info, e := lent.source.Describe(lent.ctx)
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
func hfSourceBackup(handle C.uintptr_t, writer *C.holdfast_backup_writer, source C.size_t, err **C.holdfast_error) C.holdfast_status {
	lent := value[*lentSource](handle)
	return answer(err, func() error {
		lent.failed = lent.source.Backup(lent.ctx, &Entries{writer: writer, source: source})
		return lent.failed
	})
}

// lentWriter is an io.Writer in the hands of the library.
type lentWriter struct{ w io.Writer }

func lendWriter(w io.Writer) (*C.holdfast_writer, error) {
	var writer *C.holdfast_writer
	var err *C.holdfast_error
	status := C.hf_writer_new(&writer, C.uintptr_t(cgo.NewHandle(&lentWriter{w})), &err)
	return writer, made(status, err)
}

func (l *lentWriter) Write(p []byte) (int, error) { return l.w.Write(p) }
func (l *lentWriter) Commit() error               { return nil }

// memory returns bytes of C as a slice, for the time of a call.
func memory(data unsafe.Pointer, length C.size_t) []byte {
	return unsafe.Slice((*byte)(data), int(length))
}

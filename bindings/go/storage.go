package holdfast

// #include <stdlib.h>
// #include <holdfast.h>
// #include "tables.h"
import "C"

import (
	"errors"
	"io"
	"math"
	"runtime/cgo"
	"time"
	"unsafe"
)

// Storage is a flat set of write-once objects of the caller's own. The library checks names first: 1 to 1024 bytes of
// printable ASCII in parts separated by '/'. An object is visible completely or not at all, is durable before the call
// that creates it returns, and is never overwritten: of two writers of one name exactly one wins. Called on several
// goroutines at once. Errors that mean fs.ErrNotExist, fs.ErrExist or fs.ErrPermission are told as these.
type Storage interface {
	// URI is for people: without credentials.
	URI() string
	// Create begins an object.
	Create(name string) (ObjectWriter, error)
	// Open returns length bytes from offset, both clipped to the end of the object; math.MaxInt64 = all.
	Open(name string, offset, length int64) (io.ReadCloser, error)
	Stat(name string) (ObjectInfo, error)
	// List calls visit for each object whose name begins with prefix, in any order, and returns its error at once.
	List(prefix string, visit func(ObjectInfo) error) error
	Remove(name string) error
}

// ObjectWriter writes one object of a Storage.
type ObjectWriter interface {
	io.Writer
	// Commit makes the object durable and visible, or fails: fs.ErrExist if the name is taken.
	Commit() error
	// Close is called once, last. Without a Commit before it, nothing becomes visible.
	Close() error
}

// ObjectInfo describes an object of a Storage.
type ObjectInfo struct {
	Name     string
	Size     int64
	Modified time.Time // by the storage's clock; zero = unknown
}

func lendStorage(storage Storage) (*C.holdfast_storage, error) {
	if storage == nil {
		return nil, invalid("the storage is nil")
	}
	uri, e := cText(storage.URI())
	if e != nil {
		return nil, e
	}
	defer C.free(unsafe.Pointer(uri))
	handle := C.uintptr_t(cgo.NewHandle(lentStorage{storage}))
	var place *C.holdfast_storage
	e = try(func(err **C.holdfast_error) C.holdfast_status { return C.hf_storage_new(&place, handle, uri, err) })
	return place, e
}

// lentStorage hides other methods of a storage: its Close is the caller's.
type lentStorage struct{ Storage }

//export hfStorageWrite
func hfStorageWrite(handle C.uintptr_t, name *C.char, out *C.uintptr_t, err **C.holdfast_error) C.holdfast_status {
	return answer(err, func() error {
		w, e := value[lentStorage](handle).Create(C.GoString(name))
		return lendTo(out, w, e)
	})
}

//export hfStorageRead
func hfStorageRead(handle C.uintptr_t, name *C.char, offset, length C.uint64_t, out *C.uintptr_t, err **C.holdfast_error) C.holdfast_status {
	return answer(err, func() error {
		r, e := value[lentStorage](handle).Open(C.GoString(name), bounded(offset), bounded(length))
		return lendTo(out, r, e)
	})
}

// lendTo hands what a storage opened to the library, which closes it.
func lendTo(out *C.uintptr_t, opened io.Closer, e error) error {
	if e == nil && opened == nil {
		e = errors.New("the storage returned nil")
	}
	if e == nil {
		*out = C.uintptr_t(cgo.NewHandle(opened))
	}
	return e
}

func bounded(number C.uint64_t) int64 {
	if number > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(number)
}

func describe(out *C.holdfast_object_info, info ObjectInfo) {
	out.size = C.uint64_t(info.Size)
	if !info.Modified.IsZero() {
		out.modified = C.int64_t(info.Modified.UnixMicro())
	}
}

//export hfStorageStat
func hfStorageStat(handle C.uintptr_t, name *C.char, out *C.holdfast_object_info, err **C.holdfast_error) C.holdfast_status {
	return answer(err, func() error {
		info, e := value[lentStorage](handle).Stat(C.GoString(name))
		if e == nil {
			describe(out, info)
		}
		return e
	})
}

// errStopped ends a listing that the library needs no more of.
var errStopped = errors.New("the listing was stopped")

//export hfStorageList
func hfStorageList(handle C.uintptr_t, prefix *C.char, visit C.holdfast_object_visitor, data unsafe.Pointer, err **C.holdfast_error) C.holdfast_status {
	var stopped C.holdfast_status
	status := answer(err, func() error {
		e := value[lentStorage](handle).List(C.GoString(prefix), func(info ObjectInfo) error {
			name, e := cText(info.Name)
			if e != nil {
				return e
			}
			defer C.free(unsafe.Pointer(name))
			object := C.holdfast_object_info{struct_size: C.sizeof_holdfast_object_info, name: name}
			describe(&object, info)
			if stopped = C.hf_visit(visit, data, &object); stopped != C.HOLDFAST_OK {
				return errStopped
			}
			return nil
		})
		if stopped != C.HOLDFAST_OK {
			return nil
		}
		return e
	})
	if stopped != C.HOLDFAST_OK {
		return stopped
	}
	return status
}

//export hfStorageRemove
func hfStorageRemove(handle C.uintptr_t, name *C.char, err **C.holdfast_error) C.holdfast_status {
	return answer(err, func() error { return value[lentStorage](handle).Remove(C.GoString(name)) })
}

//export hfWrite
func hfWrite(handle C.uintptr_t, data unsafe.Pointer, length C.size_t, err **C.holdfast_error) C.holdfast_status {
	return answer(err, func() error {
		n, e := value[io.Writer](handle).Write(memory(data, length))
		if e == nil && n != int(length) {
			e = io.ErrShortWrite
		}
		return e
	})
}

//export hfCommit
func hfCommit(handle C.uintptr_t, err **C.holdfast_error) C.holdfast_status {
	return answer(err, func() error { return value[interface{ Commit() error }](handle).Commit() })
}

//export hfRead
func hfRead(handle C.uintptr_t, data unsafe.Pointer, capacity C.size_t, length *C.size_t, err **C.holdfast_error) C.holdfast_status {
	return answer(err, func() error {
		n, e := io.ReadAtLeast(value[io.Reader](handle), memory(data, capacity), 1)
		*length = C.size_t(n)
		if e == io.EOF {
			return nil
		}
		return e
	})
}

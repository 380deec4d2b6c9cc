package holdfast

// #include <stdlib.h>
// #include <holdfast.h>
import "C"

import (
	"io/fs"
	"runtime/cgo"
	"strings"
	"sync"
	"unsafe"
)

// handle holds an object of the library until it is closed. Safe from many goroutines.
type handle[P comparable] struct {
	mutex sync.RWMutex // held for reading while a call uses it
	c     P
	what  string
}

func newHandle[P comparable](c P, what string) *handle[P] { return &handle[P]{c: c, what: what} }

// use calls f with the open object.
func (h *handle[P]) use(f func(P) error) error {
	h.mutex.RLock()
	defer h.mutex.RUnlock()
	var none P
	if h.c == none {
		return &Error{Code: InvalidState, Message: "the " + h.what + " is closed", cause: fs.ErrClosed}
	}
	return f(h.c)
}

// close waits for the calls that use the object, and ends it, once.
func (h *handle[P]) close(end func(P)) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	var none P
	if h.c != none {
		end(h.c)
		h.c = none
	}
}

// try makes a call that can fail.
func try(call func(err **C.holdfast_error) C.holdfast_status) error {
	var err *C.holdfast_error
	status := call(&err)
	if status == C.HOLDFAST_OK {
		return nil
	}
	defer C.holdfast_error_free(err)
	return &Error{Code: Code(status), Message: C.GoString(C.holdfast_error_message(err)), Retryable: C.holdfast_error_is_retryable(err) != 0}
}

// cText copies a text into memory of C, where a NUL would end it.
func cText(text string) (*C.char, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return nil, invalid("a text has a NUL")
	}
	return C.CString(text), nil
}

// withTexts calls f with copies of two texts.
func withTexts(first, second string, f func(first, second *C.char) error) error {
	a, e := cText(first)
	if e != nil {
		return e
	}
	defer C.free(unsafe.Pointer(a))
	b, e := cText(second)
	if e != nil {
		return e
	}
	defer C.free(unsafe.Pointer(b))
	return f(a, b)
}

// memory returns bytes of C as a slice, for the time of a call.
func memory(data unsafe.Pointer, length C.size_t) []byte {
	return unsafe.Slice((*byte)(data), int(length))
}

// value returns what a handle of cgo stands for.
func value[T any](handle C.uintptr_t) T { return cgo.Handle(handle).Value().(T) }

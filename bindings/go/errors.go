package holdfast

// #include <stdlib.h>
// #include <holdfast.h>
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"unsafe"
)

// Code is a kind of failure. It is an error itself, for errors.Is(err, holdfast.WrongKey).
type Code int

// Kinds of failure, as in holdfast.h.
const (
	InvalidArgument  Code = C.HOLDFAST_E_INVALID_ARGUMENT
	InvalidState     Code = C.HOLDFAST_E_INVALID_STATE
	NotFound         Code = C.HOLDFAST_E_NOT_FOUND
	AlreadyExists    Code = C.HOLDFAST_E_ALREADY_EXISTS
	PermissionDenied Code = C.HOLDFAST_E_PERMISSION_DENIED
	Unauthenticated  Code = C.HOLDFAST_E_UNAUTHENTICATED
	WrongKey         Code = C.HOLDFAST_E_WRONG_KEY
	Unsupported      Code = C.HOLDFAST_E_UNSUPPORTED
	IO               Code = C.HOLDFAST_E_IO
	Network          Code = C.HOLDFAST_E_NETWORK
	Timeout          Code = C.HOLDFAST_E_TIMEOUT
	Cancelled        Code = C.HOLDFAST_E_CANCELLED
	Corrupt          Code = C.HOLDFAST_E_CORRUPT
	Conflict         Code = C.HOLDFAST_E_CONFLICT
	NoSpace          Code = C.HOLDFAST_E_NO_SPACE
	Limit            Code = C.HOLDFAST_E_LIMIT
	SourceFailed     Code = C.HOLDFAST_E_SOURCE
	TargetFailed     Code = C.HOLDFAST_E_TARGET
	Internal         Code = C.HOLDFAST_E_INTERNAL
)

// Error returns the code's name, such as "not_found".
func (c Code) Error() string { return C.GoString(C.holdfast_status_name(C.holdfast_status(c))) }

// Error is what a call of the library failed with.
type Error struct {
	Code      Code
	Message   string // one line: what failed, on which object, why, what to do; no secret
	Retryable bool
	cause     error // of the host: what its source failed with, or the context
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns the error of the caller's own source, or of the context; nil for the library's own.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is this error's code, or the error of package io/fs that means the same.
func (e *Error) Is(target error) bool {
	switch target {
	case fs.ErrNotExist:
		return e.Code == NotFound
	case fs.ErrExist:
		return e.Code == AlreadyExists
	case fs.ErrPermission:
		return e.Code == PermissionDenied
	}
	code, ok := target.(Code)
	return ok && code == e.Code
}

func invalid(format string, arguments ...any) error {
	return &Error{Code: InvalidArgument, Message: fmt.Sprintf(format, arguments...)}
}

// codeOf tells the library what an error of the host means.
func codeOf(err error) Code {
	var own *Error
	var code Code
	switch {
	case errors.As(err, &own):
		return own.Code
	case errors.As(err, &code):
		return code
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Cancelled
	case errors.Is(err, fs.ErrNotExist):
		return NotFound
	case errors.Is(err, fs.ErrExist):
		return AlreadyExists
	case errors.Is(err, fs.ErrPermission):
		return PermissionDenied
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Timeout
	case errors.Is(err, syscall.ENOSPC):
		return NoSpace
	}
	return IO
}

// answer runs a function of the host for the library. A panic must not cross C.
func answer(out **C.holdfast_error, call func() error) (status C.holdfast_status) {
	fail := func(code Code, text string) C.holdfast_status {
		message := C.CString(text)
		defer C.free(unsafe.Pointer(message))
		return C.holdfast_error_set(out, C.holdfast_status(code), message)
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			status = fail(Internal, fmt.Sprint("panic: ", panicked))
		}
	}()
	if err := call(); err != nil {
		return fail(codeOf(err), err.Error())
	}
	return C.HOLDFAST_OK
}

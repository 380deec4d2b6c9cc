package holdfast

// #include <stdlib.h>
// #include <holdfast.h>
import "C"

import (
	"context"
	"errors"
	"strings"
	"time"
	"unsafe"
)

// Option is an option of one call.
type Option func(*call) error

// Progress of an operation.
type Progress struct {
	BytesDone, BytesTotal, BytesStored uint64 // plain bytes; the total is an estimate, 0 = unknown
	EntriesDone, Warnings              uint64
}

// With sets an option of the C interface by its key: "backup.include", "verify.level", "driver.NAME". The value is a
// string, bool, int, int64, time.Duration (seconds), time.Time (microseconds), []byte (a secret) or []string.
func With(key string, value any) Option {
	return func(c *call) error { return c.set(key, value) }
}

// Password gives the password of a repository.
func Password(password string) Option { return With("repository.password", []byte(password)) }

// Key gives the raw key of a repository: 32 bytes.
func Key(key []byte) Option { return With("repository.key", key) }

// NoEncryption creates a repository that everyone who can read its storage can read.
func NoEncryption() Option { return With("repository.encryption", "none") }

// OnProgress calls f about ten times a second during the operation, and once at its end, on the caller's goroutine.
func OnProgress(f func(Progress)) Option {
	return func(c *call) error {
		c.progress = f
		return nil
	}
}

// OptionKeys returns the keys that With accepts; one that ends in a dot is the beginning of keys.
func OptionKeys() []string {
	keys := make([]string, C.holdfast_option_count())
	for i := range keys {
		keys[i] = C.GoString(C.holdfast_option_at(C.size_t(i)).name)
	}
	return keys
}

// Version returns the version of the library.
func Version() string { return C.GoString(C.holdfast_version()) }

// call has the options of one call, and cancels it with its context.
type call struct {
	ctx      context.Context
	options  *C.holdfast_options
	token    *C.holdfast_cancel_token
	progress func(Progress)
	stop     chan struct{}
	stopped  chan struct{}
	texts    []*C.char
	refused  error // a text that C can't hold
}

func begin(ctx context.Context, options []Option) (*call, error) {
	if err := ctx.Err(); err != nil {
		return nil, &Error{Code: Cancelled, Message: err.Error(), cause: err}
	}
	c := &call{ctx: ctx}
	var err *C.holdfast_error
	if status := C.holdfast_options_new(&c.options, &err); status != C.HOLDFAST_OK {
		return nil, made(status, err)
	}
	for _, option := range options {
		if e := option(c); e != nil {
			c.end()
			return nil, e
		}
	}
	if ctx.Done() == nil {
		return c, nil
	}
	status := C.holdfast_cancel_token_new(&c.token, &err)
	if status == C.HOLDFAST_OK {
		status = C.holdfast_options_set_cancel(c.options, c.token, &err)
	}
	if status != C.HOLDFAST_OK {
		c.end()
		return nil, made(status, err)
	}
	c.stop, c.stopped = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(c.stopped)
		select {
		case <-ctx.Done():
			C.holdfast_cancel_token_request(c.token)
		case <-c.stop:
		}
	}()
	return c, nil
}

func (c *call) end() {
	if c.stop != nil {
		close(c.stop)
		<-c.stopped
	}
	for _, text := range c.texts {
		C.free(unsafe.Pointer(text))
	}
	C.holdfast_cancel_token_free(c.token)
	C.holdfast_options_free(c.options)
}

// failed turns the end of a call into an error, whose cause is the context if that ended it.
func (c *call) failed(status C.holdfast_status, err *C.holdfast_error) error {
	failure := made(status, err)
	if c.refused != nil {
		return c.refused
	}
	var own *Error
	if errors.As(failure, &own) && own.Code == Cancelled && own.cause == nil {
		own.cause = c.ctx.Err()
	}
	return failure
}

// text copies a text for the time of the call; failed() then reports one with a NUL, for which it returns nil.
func (c *call) text(text string) *C.char {
	copied, e := cText(text)
	if e != nil {
		c.refused = e
		return nil
	}
	c.texts = append(c.texts, copied)
	return copied
}

func (c *call) set(key string, value any) error {
	k := c.text(key)
	var err *C.holdfast_error
	var status C.holdfast_status
	switch v := value.(type) {
	case string:
		status = C.holdfast_options_set_string(c.options, k, c.text(v), &err)
	case []string:
		for _, each := range v {
			status = C.holdfast_options_add_string(c.options, k, c.text(each), &err)
			if status != C.HOLDFAST_OK {
				break
			}
		}
	case []byte:
		if len(v) == 0 {
			return invalid("option %s is empty", key)
		}
		status = C.holdfast_options_set_bytes(c.options, k, unsafe.Pointer(&v[0]), C.size_t(len(v)), &err)
	case bool:
		flag := C.int32_t(0)
		if v {
			flag = 1
		}
		status = C.holdfast_options_set_bool(c.options, k, flag, &err)
	case int:
		status = C.holdfast_options_set_int64(c.options, k, C.int64_t(v), &err)
	case int64:
		status = C.holdfast_options_set_int64(c.options, k, C.int64_t(v), &err)
	case time.Duration:
		if v%time.Second != 0 {
			return invalid("option %s takes whole seconds, not %s", key, v)
		}
		status = C.holdfast_options_set_int64(c.options, k, C.int64_t(v/time.Second), &err)
	case time.Time:
		status = C.holdfast_options_set_int64(c.options, k, C.int64_t(v.UnixMicro()), &err)
	default:
		return invalid("option %s can't be a %T", key, value)
	}
	return c.failed(status, err)
}

// cText copies a text into memory of C, where a NUL would end it.
func cText(text string) (*C.char, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return nil, invalid("a text has a NUL")
	}
	return C.CString(text), nil
}

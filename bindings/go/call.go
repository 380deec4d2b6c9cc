package holdfast

// #include <stdlib.h>
// #include <holdfast.h>
// #include "tables.h"
import "C"

import (
	"context"
	"encoding/json"
	"errors"
	"runtime/cgo"
	"unsafe"
)

// call has the options of one call, and cancels it with its context.
type call struct {
	ctx      context.Context
	options  *C.holdfast_options
	token    *C.holdfast_cancel_token
	progress func(Progress)
	event    func(Event)
	panicked any // what event panicked with
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
	if e := c.prepare(options); e != nil {
		c.end()
		return nil, e
	}
	return c, nil
}

func (c *call) prepare(options []Option) error {
	e := try(func(err **C.holdfast_error) C.holdfast_status { return C.holdfast_options_new(&c.options, err) })
	for i := 0; i < len(options) && e == nil; i++ {
		e = options[i](c)
	}
	if e == nil && c.event != nil {
		handle := C.uintptr_t(cgo.NewHandle(c))
		e = try(func(err **C.holdfast_error) C.holdfast_status { return C.hf_listen(c.options, handle, err) })
	}
	if e != nil || c.ctx.Done() == nil {
		return e
	}
	e = try(func(err **C.holdfast_error) C.holdfast_status {
		if status := C.holdfast_cancel_token_new(&c.token, err); status != C.HOLDFAST_OK {
			return status
		}
		return C.holdfast_options_set_cancel(c.options, c.token, err)
	})
	if e == nil {
		c.watch()
	}
	return e
}

// watch cancels the call with its context, until the call ends.
func (c *call) watch() {
	c.stop, c.stopped = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(c.stopped)
		select {
		case <-c.ctx.Done():
			C.holdfast_cancel_token_request(c.token)
		case <-c.stop:
		}
	}()
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

// try makes the call. The cause of its error is the context if that ended it.
func (c *call) try(make func(err **C.holdfast_error) C.holdfast_status) error {
	failure := try(make)
	if c.refused != nil {
		return c.refused
	}
	var own *Error
	if errors.As(failure, &own) && own.Code == Cancelled {
		own.cause = c.ctx.Err()
	}
	return failure
}

// text copies a text for the time of the call. For one with a NUL it returns nil, and try() tells it.
func (c *call) text(text string) *C.char {
	copied, e := cText(text)
	if e != nil {
		c.refused = e
		return nil
	}
	c.texts = append(c.texts, copied)
	return copied
}

const stepMilliseconds = 100

// finish steps a job until it is done, and tells the caller its progress and events.
func (c *call) finish(job *C.holdfast_job) error {
	for {
		running := false
		e := c.try(func(err **C.holdfast_error) C.holdfast_status {
			status := C.holdfast_job_step(job, stepMilliseconds, err)
			if running = status == C.HOLDFAST_RUNNING; running {
				return C.HOLDFAST_OK
			}
			return status
		})
		if c.panicked != nil {
			panic(c.panicked)
		}
		c.show(job)
		if !running {
			return e
		}
	}
}

func (c *call) show(job *C.holdfast_job) {
	if c.progress == nil {
		return
	}
	progress := C.holdfast_progress{struct_size: C.sizeof_holdfast_progress}
	if C.holdfast_job_progress(job, &progress, nil) != C.HOLDFAST_OK {
		return
	}
	c.progress(Progress{
		BytesDone: uint64(progress.bytes_done), BytesTotal: uint64(progress.bytes_total), BytesStored: uint64(progress.bytes_stored),
		EntriesDone: uint64(progress.entries_done), Warnings: uint64(progress.warnings),
	})
}

//export hfEvent
func hfEvent(handle C.uintptr_t, event *C.holdfast_event) (status C.holdfast_status) {
	c := value[*call](handle)
	if c.panicked != nil {
		return C.HOLDFAST_E_CANCELLED
	}
	defer func() { // a panic must not cross C: finish() goes on with it
		if c.panicked = recover(); c.panicked != nil {
			status = C.HOLDFAST_E_CANCELLED
		}
	}()
	told := Event{Kind: EventKind(event.kind), Message: C.GoString(event.message), Object: C.GoString(event.object)}
	if event.record != nil {
		told.Record = json.RawMessage(C.GoString(event.record))
	}
	c.event(told)
	return C.HOLDFAST_OK
}

// parse reads and frees a text of the library; nil as result ignores it.
func parse(text *C.char, result any) error {
	defer C.holdfast_string_free(text)
	if result == nil {
		return nil
	}
	if e := json.Unmarshal([]byte(C.GoString(text)), result); e != nil {
		return &Error{Code: Internal, Message: "the library's report can't be read: " + e.Error(), cause: e}
	}
	return nil
}

package holdfast

// #include <stdlib.h>
// #include <holdfast.h>
import "C"

import (
	"encoding/json"
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

// EventKind is what kind of thing happened.
type EventKind int

// Kinds of events, as in holdfast.h.
const (
	EventPhase         EventKind = C.HOLDFAST_EVENT_PHASE
	EventProgress      EventKind = C.HOLDFAST_EVENT_PROGRESS
	EventEntryStarted  EventKind = C.HOLDFAST_EVENT_ENTRY_STARTED
	EventEntryFinished EventKind = C.HOLDFAST_EVENT_ENTRY_FINISHED
	EventWarning       EventKind = C.HOLDFAST_EVENT_WARNING
	EventLog           EventKind = C.HOLDFAST_EVENT_LOG
	EventBegun         EventKind = C.HOLDFAST_EVENT_BEGUN
	EventEnded         EventKind = C.HOLDFAST_EVENT_ENDED
)

// Event is what happened during an operation.
type Event struct {
	Kind    EventKind
	Message string          // for people: one line
	Object  string          // the table, file or object that it is about; may be empty
	Record  json.RawMessage // of EventBegun and EventEnded: described in docs/embedding.md
}

// OnEvent calls f with each event of the operation, on the caller's goroutine.
func OnEvent(f func(Event)) Option {
	return func(c *call) error {
		c.event = f
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

func (c *call) set(key string, value any) error {
	k := c.text(key)
	switch v := value.(type) {
	case string:
		return c.try(func(err **C.holdfast_error) C.holdfast_status {
			return C.holdfast_options_set_string(c.options, k, c.text(v), err)
		})
	case []string:
		return c.try(func(err **C.holdfast_error) (status C.holdfast_status) {
			for i := 0; i < len(v) && status == C.HOLDFAST_OK; i++ {
				status = C.holdfast_options_add_string(c.options, k, c.text(v[i]), err)
			}
			return status
		})
	case []byte:
		if len(v) == 0 {
			return invalid("option %s is empty", key)
		}
		return c.try(func(err **C.holdfast_error) C.holdfast_status {
			return C.holdfast_options_set_bytes(c.options, k, unsafe.Pointer(&v[0]), C.size_t(len(v)), err)
		})
	case bool:
		flag := C.int32_t(0)
		if v {
			flag = 1
		}
		return c.try(func(err **C.holdfast_error) C.holdfast_status {
			return C.holdfast_options_set_bool(c.options, k, flag, err)
		})
	case int:
		return c.number(k, int64(v))
	case int64:
		return c.number(k, v)
	case time.Duration:
		if v%time.Second != 0 {
			return invalid("option %s takes whole seconds, not %s", key, v)
		}
		return c.number(k, int64(v/time.Second))
	case time.Time:
		return c.number(k, v.UnixMicro())
	}
	return invalid("option %s can't be a %T", key, value)
}

func (c *call) number(key *C.char, number int64) error {
	return c.try(func(err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_options_set_int64(c.options, key, C.int64_t(number), err)
	})
}

package holdfast

// All symbols are bound at the start of a program: a library that lacks one is refused there, by its name.

// #cgo pkg-config: holdfast-capi
// #cgo LDFLAGS: -Wl,-z,now
import "C"

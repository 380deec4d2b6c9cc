package holdfast

// #cgo pkg-config: holdfast-capi
import "C"

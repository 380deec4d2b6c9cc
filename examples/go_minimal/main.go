// Creates an encrypted repository, backs up, lists and verifies through the C interface.
package main

/*
#cgo pkg-config: holdfast-capi
#include <holdfast.h>
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"unsafe"
)

// check turns a call's status and error into Go's, and frees the error.
func check(status C.holdfast_status, err *C.holdfast_error) error {
	defer C.holdfast_error_free(err)
	if status == C.HOLDFAST_OK {
		return nil
	}
	return errors.New(C.GoString(C.holdfast_status_name(status)) + ": " + C.GoString(C.holdfast_error_message(err)))
}

func set(options *C.holdfast_options, key, value string) error {
	k, v := C.CString(key), C.CString(value)
	defer C.free(unsafe.Pointer(k))
	defer C.free(unsafe.Pointer(v))
	var err *C.holdfast_error
	status := C.holdfast_options_set_string(options, k, v, &err)
	return check(status, err)
}

// finish steps a job until it is done.
func finish(job *C.holdfast_job) error {
	var err *C.holdfast_error
	for {
		status := C.holdfast_job_step(job, 100, &err)
		if status != C.HOLDFAST_RUNNING {
			return check(status, err)
		}
	}
}

func run(place, password, source string) error {
	var err *C.holdfast_error
	var options *C.holdfast_options
	if status := C.holdfast_options_new(&options, &err); status != C.HOLDFAST_OK {
		return check(status, err)
	}
	defer C.holdfast_options_free(options)
	if e := errors.Join(set(options, "repository.password", password), set(options, "verify.level", "full")); e != nil {
		return e
	}

	uri, from, latest := C.CString(place), C.CString(source), C.CString("latest")
	defer C.free(unsafe.Pointer(uri))
	defer C.free(unsafe.Pointer(from))
	defer C.free(unsafe.Pointer(latest))
	var repository *C.holdfast_repository
	if status := C.holdfast_repository_create(&repository, uri, options, &err); status != C.HOLDFAST_OK {
		return check(status, err)
	}
	defer C.holdfast_repository_free(repository)

	var backup *C.holdfast_job
	if status := C.holdfast_backup_start(&backup, repository, from, options, &err); status != C.HOLDFAST_OK {
		return check(status, err)
	}
	defer C.holdfast_job_free(backup)
	if e := finish(backup); e != nil {
		return e
	}

	var list *C.holdfast_backup_list
	if status := C.holdfast_repository_list(&list, repository, options, &err); status != C.HOLDFAST_OK {
		return check(status, err)
	}
	defer C.holdfast_backup_list_free(list)
	for i := C.size_t(0); i < C.holdfast_backup_list_count(list); i++ {
		line := C.holdfast_backup_list_at(list, i)
		fmt.Printf("%s %d bytes\n", C.GoString(C.holdfast_backup_id(line)), uint64(C.holdfast_backup_plain_bytes(line)))
	}

	var verify *C.holdfast_job
	if status := C.holdfast_verify_start(&verify, repository, latest, options, &err); status != C.HOLDFAST_OK {
		return check(status, err)
	}
	defer C.holdfast_job_free(verify)
	if e := finish(verify); e != nil {
		return e
	}
	var report *C.holdfast_verify_report
	if status := C.holdfast_job_verify_report(&report, verify, &err); status != C.HOLDFAST_OK {
		return check(status, err)
	}
	defer C.holdfast_verify_report_free(report)
	if C.holdfast_verify_report_ok(report) == 0 {
		return errors.New("the backup is damaged")
	}
	fmt.Println("verified")
	return nil
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: go_minimal NEW-REPOSITORY PASSWORD SOURCE")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

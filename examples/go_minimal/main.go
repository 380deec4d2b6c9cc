// Creates an encrypted repository, backs up, lists and verifies with the Go module.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"example.org/holdfast"
)

func run(ctx context.Context, place, password, source string) error {
	repository, err := holdfast.Create(ctx, place, holdfast.Password(password))
	if err != nil {
		return err
	}
	defer repository.Close()
	if _, err = repository.Backup(ctx, source); err != nil {
		return err
	}
	backups, err := repository.Backups(ctx)
	if err != nil {
		return err
	}
	for _, backup := range backups {
		fmt.Println(backup.ID, backup.SizeBytes, "bytes")
	}
	report, err := repository.Verify(ctx, "latest", holdfast.With("verify.level", "full"))
	if err != nil {
		return err
	}
	if !report.OK {
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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt) // Ctrl-C ends every call
	defer stop()
	if err := run(ctx, os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

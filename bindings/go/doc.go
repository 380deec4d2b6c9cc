// Package holdfast backs up databases and files, keeps them encrypted and deduplicated on any storage, and proves that
// they can be restored. It calls the C library libholdfast through cgo.
//
//	repo, err := holdfast.Create(ctx, "/var/backups/shop", holdfast.Password("correct horse"))
//	if err != nil {
//		return err
//	}
//	defer repo.Close()
//	backup, err := repo.Backup(ctx, "postgresql:///shop", holdfast.OnProgress(show))
//	if err != nil {
//		return err // there is no backup
//	}
//	report, err := repo.Verify(ctx, backup.ID, holdfast.With("verify.level", "restore"))
//
// Every call ends soon after its context is cancelled, with an error for which errors.Is(err, ctx.Err()) holds. Options
// are those of the C interface: With sets one by its key, OptionKeys lists them.
//
// A Repository, an FS and a Storage are safe from many goroutines; a Session is, too, except Commit. An Entry is for one
// goroutine at a time. Whatever has a Close method holds memory of the library until it is called; it waits for calls that
// run, later calls fail with fs.ErrClosed, and a second Close is harmless. Functions of a Source are called on one
// goroutine, those of a Storage on several at once. A panic in one of them becomes an error of the operation; a panic in a
// function of OnProgress or OnEvent ends the operation and goes on.
package holdfast

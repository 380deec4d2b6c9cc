package holdfast

// #include <stdlib.h>
// #include <holdfast.h>
// #include <holdfast_report.h>
// #include "tables.h"
import "C"

import (
	"context"
	"io"
)

// Repository is a set of backups on one storage. Several processes may use one repository at once.
type Repository struct {
	handle[*C.holdfast_repository]
}

// Create creates a repository in a folder or at the URI of a storage. It needs Password, Key or NoEncryption.
func Create(ctx context.Context, uri string, options ...Option) (*Repository, error) {
	return open(ctx, options, func(c *call, out **C.holdfast_repository, err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_repository_create(out, c.text(uri), c.options, err)
	})
}

// Open opens a repository.
func Open(ctx context.Context, uri string, options ...Option) (*Repository, error) {
	return open(ctx, options, func(c *call, out **C.holdfast_repository, err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_repository_open(out, c.text(uri), c.options, err)
	})
}

// CreateOn creates a repository on a storage of the caller's own.
func CreateOn(ctx context.Context, storage Storage, options ...Option) (*Repository, error) {
	place, e := lendStorage(storage)
	if e != nil {
		return nil, e
	}
	defer C.holdfast_storage_free(place) // the repository keeps it
	return open(ctx, options, func(c *call, out **C.holdfast_repository, err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_repository_create_on(out, place, c.options, err)
	})
}

// OpenOn opens a repository on a storage of the caller's own.
func OpenOn(ctx context.Context, storage Storage, options ...Option) (*Repository, error) {
	place, e := lendStorage(storage)
	if e != nil {
		return nil, e
	}
	defer C.holdfast_storage_free(place)
	return open(ctx, options, func(c *call, out **C.holdfast_repository, err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_repository_open_on(out, place, c.options, err)
	})
}

func open(ctx context.Context, options []Option,
	call func(*call, **C.holdfast_repository, **C.holdfast_error) C.holdfast_status) (*Repository, error) {
	c, e := begin(ctx, options)
	if e != nil {
		return nil, e
	}
	defer c.end()
	repository := &Repository{}
	repository.what = "repository"
	e = c.try(func(err **C.holdfast_error) C.holdfast_status { return call(c, &repository.c, err) })
	if e != nil {
		return nil, e
	}
	return repository, nil
}

// Close frees the repository. What was opened through it stays usable.
func (r *Repository) Close() error {
	r.close(func(c *C.holdfast_repository) { C.holdfast_repository_free(c) })
	return nil
}

// URI returns the place of the repository, without credentials; empty after Close.
func (r *Repository) URI() (uri string) {
	_ = r.use(func(c *C.holdfast_repository) error {
		uri = C.GoString(C.holdfast_repository_uri(c))
		return nil
	})
	return uri
}

// IsEncrypted reports whether its backups are encrypted; false after Close.
func (r *Repository) IsEncrypted() (encrypted bool) {
	_ = r.use(func(c *C.holdfast_repository) error {
		encrypted = C.holdfast_repository_is_encrypted(c) != 0
		return nil
	})
	return encrypted
}

// Backups lists all backups, newest first; damaged ones are included and marked.
func (r *Repository) Backups(ctx context.Context, options ...Option) (backups []Backup, e error) {
	e = r.ask(ctx, options, &backups, func(c *call, r *C.holdfast_repository, text **C.char, err **C.holdfast_error) C.holdfast_status {
		var list *C.holdfast_backup_list
		status := C.holdfast_repository_list(&list, r, c.options, err)
		if status == C.HOLDFAST_OK {
			status = C.holdfast_backup_list_to_json(text, list, err)
		}
		C.holdfast_backup_list_free(list)
		return status
	})
	return backups, e
}

// Find returns the backup with this id or unique beginning of an id, or the "latest".
func (r *Repository) Find(ctx context.Context, backup string, options ...Option) (found Backup, e error) {
	e = r.ask(ctx, options, &found, func(c *call, r *C.holdfast_repository, text **C.char, err **C.holdfast_error) C.holdfast_status {
		var line *C.holdfast_backup
		status := C.holdfast_repository_find(&line, r, c.text(backup), c.options, err)
		if status == C.HOLDFAST_OK {
			status = C.holdfast_backup_to_json(text, line, err)
		}
		C.holdfast_backup_free(line)
		return status
	})
	return found, e
}

// Plan says what Expire would do now, with options "expire.…".
func (r *Repository) Plan(ctx context.Context, options ...Option) (plan Plan, e error) {
	e = r.ask(ctx, options, &plan, func(c *call, r *C.holdfast_repository, text **C.char, err **C.holdfast_error) C.holdfast_status {
		var made *C.holdfast_retention_plan
		status := C.holdfast_retention_plan_new(&made, r, c.options, err)
		if status == C.HOLDFAST_OK {
			status = C.holdfast_retention_plan_to_json(text, made, err)
		}
		C.holdfast_retention_plan_free(made)
		return status
	})
	return plan, e
}

// Remove removes a backup from the listing. In a packed repository it can be brought back until it is collected.
func (r *Repository) Remove(ctx context.Context, backup string, options ...Option) error {
	return r.ask(ctx, options, nil, func(c *call, r *C.holdfast_repository, _ **C.char, err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_repository_remove(r, c.text(backup), c.options, err)
	})
}

// Backup backs up one source, by its URI. After an error there is no backup.
func (r *Repository) Backup(ctx context.Context, source string, options ...Option) (backup Backup, e error) {
	e = r.run(ctx, options, &backup, func(c *call, r *C.holdfast_repository, job **C.holdfast_job, err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_backup_start(job, r, c.text(source), c.options, err)
	})
	return backup, e
}

// BackupSource backs up a source of the caller's own. If that fails, errors.Is finds its error.
func (r *Repository) BackupSource(ctx context.Context, source Source, options ...Option) (backup Backup, e error) {
	lent, made, e := lendSource(ctx, source)
	if e != nil {
		return backup, e
	}
	defer C.holdfast_source_free(made) // consumed or not
	e = r.run(ctx, options, &backup, func(c *call, r *C.holdfast_repository, job **C.holdfast_job, err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_backup_start_sources(job, r, &made, 1, c.options, err)
	})
	return backup, lent.explain(e)
}

// Restore restores a backup into a target, by its URI. The target is checked before anything is changed.
func (r *Repository) Restore(ctx context.Context, backup, target string, options ...Option) (report RestoreReport, e error) {
	e = r.run(ctx, options, &report, func(c *call, r *C.holdfast_repository, job **C.holdfast_job, err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_restore_start(job, r, c.text(backup), c.text(target), c.options, err)
	})
	return report, e
}

// Export writes one source of a backup to w in a format that standard tools read (option "export.format"). If w fails,
// errors.Is finds its error.
func (r *Repository) Export(ctx context.Context, backup string, source int, w io.Writer, options ...Option) error {
	lent, made, e := lendWriter(w)
	if e != nil {
		return e
	}
	defer C.holdfast_writer_free(made) // consumed or not
	e = r.run(ctx, options, nil, func(c *call, r *C.holdfast_repository, job **C.holdfast_job, err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_export_start(job, r, c.text(backup), C.size_t(source), made, c.options, err)
	})
	return lent.explain(e)
}

// Verify checks a backup for damage at the level of option "verify.level": "quick", "full" or "restore".
func (r *Repository) Verify(ctx context.Context, backup string, options ...Option) (report VerifyReport, e error) {
	e = r.run(ctx, options, &report, func(c *call, r *C.holdfast_repository, job **C.holdfast_job, err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_verify_start(job, r, c.text(backup), c.options, err)
	})
	return report, e
}

// VerifyAll checks the repository's own objects and all its backups in one pass, at level "quick" or "full".
func (r *Repository) VerifyAll(ctx context.Context, options ...Option) (reports []VerifyReport, e error) {
	e = r.run(ctx, options, &reports, func(c *call, r *C.holdfast_repository, job **C.holdfast_job, err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_verify_all_start(job, r, c.options, err)
	})
	return reports, e
}

// Expire removes the backups that no rule keeps: With("expire.keep_daily", 7).
func (r *Repository) Expire(ctx context.Context, options ...Option) (plan Plan, e error) {
	e = r.run(ctx, options, &plan, func(c *call, r *C.holdfast_repository, job **C.holdfast_job, err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_expire_start(job, r, c.options, err)
	})
	return plan, e
}

// CollectGarbage frees what no backup needs, and returns counts by their names in docs/command.md.
func (r *Repository) CollectGarbage(ctx context.Context, options ...Option) (counts map[string]uint64, e error) {
	e = r.run(ctx, options, &counts, func(c *call, r *C.holdfast_repository, job **C.holdfast_job, err **C.holdfast_error) C.holdfast_status {
		return C.holdfast_gc_start(job, r, c.options, err)
	})
	return counts, e
}

// ask makes a call that returns JSON.
func (r *Repository) ask(ctx context.Context, options []Option, result any,
	make func(*call, *C.holdfast_repository, **C.char, **C.holdfast_error) C.holdfast_status) error {
	c, e := begin(ctx, options)
	if e != nil {
		return e
	}
	defer c.end()
	return r.use(func(repository *C.holdfast_repository) error {
		var text *C.char
		e := c.try(func(err **C.holdfast_error) C.holdfast_status { return make(c, repository, &text, err) })
		if e != nil {
			return e
		}
		return parse(text, result)
	})
}

// run runs a job to its end.
func (r *Repository) run(ctx context.Context, options []Option, result any,
	start func(*call, *C.holdfast_repository, **C.holdfast_job, **C.holdfast_error) C.holdfast_status) error {
	c, e := begin(ctx, options)
	if e != nil {
		return e
	}
	defer c.end()
	var job *C.holdfast_job
	defer func() { C.holdfast_job_free(job) }()
	e = r.use(func(repository *C.holdfast_repository) error {
		return c.try(func(err **C.holdfast_error) C.holdfast_status { return start(c, repository, &job, err) })
	})
	if e == nil {
		e = c.finish(job)
	}
	if e != nil || result == nil {
		return e
	}
	var text *C.char
	e = try(func(err **C.holdfast_error) C.holdfast_status { return C.holdfast_job_result_to_json(&text, job, err) })
	if e != nil {
		return e
	}
	return parse(text, result)
}

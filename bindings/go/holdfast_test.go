package holdfast_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"example.org/holdfast"
)

var ctx = context.Background()

// key is quick to use: a password costs 100 ms.
func key() holdfast.Option { return holdfast.Key(bytes.Repeat([]byte{7}, 32)) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func fails(t *testing.T, err, wanted error) {
	t.Helper()
	if !errors.Is(err, wanted) {
		t.Fatalf("%v is not %v", err, wanted)
	}
}

func create(t *testing.T, options ...holdfast.Option) *holdfast.Repository {
	t.Helper()
	repository, err := holdfast.Create(ctx, filepath.Join(t.TempDir(), "repository"), append(options, key())...)
	check(t, err)
	t.Cleanup(func() { check(t, repository.Close()) })
	return repository
}

func folder(t *testing.T) string {
	t.Helper()
	place := t.TempDir()
	check(t, os.WriteFile(filepath.Join(place, "note"), []byte("remember"), 0o600))
	return place
}

func none(t *testing.T, repository *holdfast.Repository) {
	t.Helper()
	backups, err := repository.Backups(ctx)
	check(t, err)
	if len(backups) != 0 {
		t.Fatalf("%d backups", len(backups))
	}
}

func TestBackUpVerifyRestoreExpire(t *testing.T) {
	repository, restored := create(t), filepath.Join(t.TempDir(), "restored")
	backup, err := repository.Backup(ctx, "dir://"+folder(t), holdfast.With("backup.tag.env", "test"))
	check(t, err)
	if backup.ID == "" || backup.Tags["env"] != "test" || time.Since(backup.Time) > time.Hour || backup.Sources[0].Driver != "files" {
		t.Fatalf("%+v", backup)
	}
	report, err := repository.Verify(ctx, "latest", holdfast.With("verify.level", "restore"))
	check(t, err)
	if !report.OK || report.Proof == nil || report.Proof.Level != "content-equal" {
		t.Fatalf("%+v", report)
	}
	done, err := repository.Restore(ctx, backup.ID, "dir://"+restored)
	check(t, err)
	text, err := os.ReadFile(filepath.Join(restored, "note"))
	check(t, err)
	if string(text) != "remember" || done.Where == "" {
		t.Fatalf("%q %+v", text, done)
	}
	found, err := repository.Find(ctx, backup.ID)
	check(t, err)
	if found.Level != "content-equal" || found.Proven.IsZero() {
		t.Fatalf("%+v", found)
	}
	plan, err := repository.Expire(ctx, holdfast.With("expire.keep_last", 1))
	check(t, err)
	if plan.Removed != 0 || len(plan.Decisions) != 1 || plan.Decisions[0].Action != "keep" {
		t.Fatalf("%+v", plan)
	}
	check(t, repository.Remove(ctx, backup.ID))
	none(t, repository)
	reports, err := repository.VerifyAll(ctx, holdfast.With("verify.level", "full"))
	check(t, err)
	if len(reports) != 1 || !reports[0].OK || !repository.IsEncrypted() {
		t.Fatalf("%+v", reports)
	}
	counts, err := repository.CollectGarbage(ctx, holdfast.With("gc.grace", time.Duration(0)))
	check(t, err)
	if counts["backups"] != 1 {
		t.Fatalf("%+v", counts)
	}
}

func TestProgressIsTold(t *testing.T) {
	var last holdfast.Progress
	_, err := create(t).Backup(ctx, "exec:seq 1 200000", holdfast.OnProgress(func(p holdfast.Progress) { last = p }))
	check(t, err)
	if last.BytesDone != 1288895 || last.EntriesDone != 1 || last.BytesStored == 0 {
		t.Fatalf("%+v", last)
	}
}

func TestEventsAreTold(t *testing.T) {
	var kinds []holdfast.EventKind
	var record struct {
		Outcome string `json:"outcome"`
	}
	repository := create(t)
	_, err := repository.Backup(ctx, "exec:echo hello", holdfast.OnEvent(func(event holdfast.Event) {
		kinds = append(kinds, event.Kind)
		if event.Kind == holdfast.EventEnded {
			check(t, json.Unmarshal(event.Record, &record))
		}
	}))
	check(t, err)
	if len(kinds) == 0 || kinds[0] != holdfast.EventBegun || record.Outcome != "succeeded" {
		t.Fatal(kinds, record)
	}
	for _, option := range []holdfast.Option{
		holdfast.OnEvent(func(holdfast.Event) { panic("oh") }), holdfast.OnProgress(func(holdfast.Progress) { panic("oh") }),
	} {
		func() {
			defer func() {
				if panicked := recover(); panicked != "oh" {
					t.Fatal(panicked)
				}
			}()
			_, _ = repository.Backup(ctx, "exec:yes", option)
		}()
	}
	if backups, err := repository.Backups(ctx); err != nil || len(backups) != 1 {
		t.Fatal(backups, err)
	}
}

func TestAContextEndsCalls(t *testing.T) {
	repository := create(t)
	limited, cancel := context.WithCancel(ctx)
	_, err := repository.Backup(limited, "exec:yes", holdfast.OnProgress(func(p holdfast.Progress) {
		if p.BytesDone > 0 {
			cancel()
		}
	}))
	fails(t, err, context.Canceled)
	fails(t, err, holdfast.Cancelled)
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	_, err = repository.Backup(short, "exec:sleep 1000")
	fails(t, err, context.DeadlineExceeded)
	_, err = repository.Backups(limited)
	fails(t, err, context.Canceled)
	none(t, repository)
}

func TestErrorsAreGosOwn(t *testing.T) {
	place := filepath.Join(t.TempDir(), "r")
	_, err := holdfast.Open(ctx, place, key())
	fails(t, err, fs.ErrNotExist)
	_, err = holdfast.Create(ctx, place)
	fails(t, err, holdfast.InvalidArgument)
	_, err = holdfast.Create(ctx, place, holdfast.Password(""))
	fails(t, err, holdfast.InvalidArgument)
	repository, err := holdfast.Create(ctx, place, holdfast.Password("correct horse"))
	check(t, err)
	_, err = holdfast.Create(ctx, place, key())
	fails(t, err, fs.ErrExist)
	_, err = holdfast.Open(ctx, place, holdfast.Password("wrong"))
	fails(t, err, holdfast.WrongKey)
	for _, option := range []holdfast.Option{
		holdfast.With("backup.keep_last", 1), holdfast.With("limits.jobs", "many"), holdfast.With("limits.jobs", 1<<40),
		holdfast.With("backup.compression", "zip"), holdfast.With("backup.include", []string{"a\x00b"}), holdfast.With("gc.grace", 1.5),
		holdfast.With("backup.time", time.Millisecond),
	} {
		_, err = repository.Backup(ctx, "exec:true", option)
		fails(t, err, holdfast.InvalidArgument)
	}
	_, err = repository.Backup(ctx, "exec:false")
	fails(t, err, holdfast.SourceFailed)
	none(t, repository)
	check(t, repository.Close())
	check(t, repository.Close())
	_, err = repository.Backups(ctx)
	fails(t, err, holdfast.InvalidState)
	if holdfast.Version() == "" || len(holdfast.OptionKeys()) < 60 || holdfast.WrongKey.Error() != "wrong_key" {
		t.Fatal(holdfast.Version(), holdfast.OptionKeys())
	}
}

// notes is a source of the host's own.
type notes struct {
	texts map[string]string
	end   func(*holdfast.Entries) error
}

func (n notes) Describe(context.Context) (holdfast.SourceInfo, error) {
	return holdfast.SourceInfo{URI: "app:notes", Name: "notes"}, nil
}

func (n notes) Backup(_ context.Context, out *holdfast.Entries) error {
	for name, text := range n.texts {
		entry, err := out.Create(name)
		if err != nil {
			return err
		}
		if _, err = io.Copy(entry, strings.NewReader(text)); err == nil {
			err = entry.Close()
		}
		if err != nil {
			return err
		}
	}
	if n.end != nil {
		return n.end(out)
	}
	return nil
}

func TestASourceOfOnesOwn(t *testing.T) {
	repository, mine := create(t), errors.New("mine")
	for _, end := range []func(*holdfast.Entries) error{
		func(*holdfast.Entries) error { return mine },
		func(*holdfast.Entries) error { panic("oh") },
		func(out *holdfast.Entries) error { _, err := out.Create("forgotten"); return err },
	} {
		_, err := repository.BackupSource(ctx, notes{map[string]string{"a": "1"}, end})
		if err == nil {
			t.Fatal("a source that fails has a backup")
		}
		none(t, repository)
	}
	_, err := repository.BackupSource(ctx, notes{end: func(*holdfast.Entries) error { return mine }})
	fails(t, err, mine)
	var kept *holdfast.Entries
	var warned string
	day := time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)
	backup, err := repository.BackupSource(ctx, notes{map[string]string{"a": "1", "b/c": "two"}, func(out *holdfast.Entries) error {
		kept = out
		for _, err := range []error{out.Note("by", "me"), out.SetInstant(day), out.Log("done"), out.Warn("odd", "a")} {
			if err != nil {
				return err
			}
		}
		return nil
	}}, holdfast.OnEvent(func(event holdfast.Event) {
		if event.Kind == holdfast.EventWarning {
			warned = event.Object
		}
	}))
	check(t, err)
	if warned != "a" {
		t.Fatal("the warning is lost")
	}
	source := backup.Sources[0]
	if backup.Entries != 2 || source.URI != "app:notes" || source.Notes["by"] != "me" || !source.Instant.Equal(day) || backup.SizeBytes != 4 {
		t.Fatalf("%+v", backup)
	}
	_, err = kept.Create("late")
	fails(t, err, holdfast.InvalidState)
	fails(t, kept.Warn("late", ""), holdfast.InvalidState)
}

func TestASession(t *testing.T) {
	repository := create(t)
	session, err := repository.Begin(ctx)
	check(t, err)
	entries, err := session.AddSource("app:notes", "notes")
	check(t, err)
	fails(t, entries.Warn("odd", ""), holdfast.InvalidState)
	entry, err := entries.Create("a", holdfast.With("entry.attribute.by", "me"))
	check(t, err)
	_, err = io.WriteString(entry, "text")
	check(t, err)
	_, err = session.Commit()
	fails(t, err, holdfast.InvalidState) // the entry is not closed
	check(t, entry.Close())
	check(t, entry.Close())
	dropped, err := entries.Create("b")
	check(t, err)
	check(t, dropped.Abort())
	backup, err := session.Commit()
	check(t, err)
	check(t, session.Close())
	check(t, session.Close())
	files, err := repository.FS(ctx, backup.ID, 0)
	check(t, err)
	defer files.Close()
	if all := files.Entries(); len(all) != 1 || all[0].Name != "a" || all[0].Attributes["by"] != "me" || all[0].SizeBytes != 4 {
		t.Fatalf("%+v", all)
	}
	discarded, err := repository.Begin(ctx)
	check(t, err)
	entries, err = discarded.AddSource("app:notes", "notes")
	check(t, err)
	check(t, discarded.Close())
	_, err = entries.Create("a")
	fails(t, err, fs.ErrClosed)
	_, err = discarded.AddSource("app:more", "more")
	fails(t, err, holdfast.InvalidState)
	_, err = discarded.Commit()
	fails(t, err, holdfast.InvalidState)
	if backups, err := repository.Backups(ctx); err != nil || len(backups) != 1 {
		t.Fatal(backups, err)
	}
}

func TestABackupIsAFileSystem(t *testing.T) {
	repository := create(t)
	_, err := repository.BackupSource(ctx, notes{texts: map[string]string{"a": "1", "b/c": "two", "b/d/e": "", "../x": "out", "both": "f", "both/g": "g"}})
	check(t, err)
	files, err := repository.FS(ctx, "latest", 0)
	check(t, err)
	check(t, fstest.TestFS(files, "a", "b/c", "b/d/e", "both/g"))
	if text, err := fs.ReadFile(files, "b/c"); err != nil || string(text) != "two" {
		t.Fatal(text, err)
	}
	for name, text := range map[string]string{"../x": "out", "both": "f"} {
		entry, err := files.OpenEntry(name)
		check(t, err)
		got, err := io.ReadAll(entry)
		check(t, err)
		check(t, entry.Close())
		if string(got) != text {
			t.Fatalf("%s: %q", name, got)
		}
	}
	_, err = files.Open("../x")
	fails(t, err, fs.ErrInvalid)
	_, err = files.Open("x")
	fails(t, err, fs.ErrNotExist)
	_, err = repository.FS(ctx, "latest", 1)
	fails(t, err, holdfast.NotFound)
	check(t, files.Close())
	_, err = files.Open("a")
	fails(t, err, fs.ErrClosed)
}

func TestAnExportIsAStream(t *testing.T) {
	repository, mine := create(t), errors.New("mine")
	_, err := repository.Backup(ctx, "exec:echo hello")
	check(t, err)
	var out bytes.Buffer
	check(t, repository.Export(ctx, "latest", 0, &out))
	if out.String() != "hello\n" {
		t.Fatalf("%q", out.String())
	}
	fails(t, repository.Export(ctx, "latest", 0, failing{mine}), mine)
	fails(t, repository.Export(ctx, "latest", 0, failing{syscall.ENOSPC}), holdfast.NoSpace)
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// shelf is a storage in memory.
type shelf struct {
	mutex   sync.Mutex
	objects map[string][]byte
	refuse  func(operation string) error
}

func (s *shelf) URI() string { return "shelf:" }

func (s *shelf) refused(operation string) error {
	if s.refuse != nil {
		return s.refuse(operation)
	}
	return nil
}

type onShelf struct {
	bytes.Buffer
	shelf *shelf
	name  string
}

func (s *shelf) Create(name string) (holdfast.ObjectWriter, error) {
	return &onShelf{shelf: s, name: name}, s.refused("create")
}

func (w *onShelf) Commit() error {
	w.shelf.mutex.Lock()
	defer w.shelf.mutex.Unlock()
	if _, taken := w.shelf.objects[w.name]; taken {
		return fs.ErrExist
	}
	w.shelf.objects[w.name] = w.Bytes()
	return nil
}

func (w *onShelf) Close() error { return w.shelf.refused("close") }

func (s *shelf) get(name string) ([]byte, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	object, ok := s.objects[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return object, s.refused("get")
}

func (s *shelf) Open(name string, offset, length int64) (io.ReadCloser, error) {
	object, err := s.get(name)
	if err != nil {
		return nil, err
	}
	if length == math.MaxInt64 {
		length -= offset
	}
	return io.NopCloser(io.NewSectionReader(bytes.NewReader(object), offset, length)), nil
}

func (s *shelf) Stat(name string) (holdfast.ObjectInfo, error) {
	object, err := s.get(name)
	return holdfast.ObjectInfo{Name: name, Size: int64(len(object)), Modified: time.Now()}, err
}

func (s *shelf) List(prefix string, visit func(holdfast.ObjectInfo) error) error {
	s.mutex.Lock()
	var found []holdfast.ObjectInfo
	for name, object := range s.objects {
		if strings.HasPrefix(name, prefix) {
			found = append(found, holdfast.ObjectInfo{Name: name, Size: int64(len(object)), Modified: time.Now()})
		}
	}
	s.mutex.Unlock()
	for _, info := range found {
		if err := visit(info); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) Remove(name string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if _, ok := s.objects[name]; !ok {
		return fs.ErrNotExist
	}
	delete(s.objects, name)
	return nil
}

func TestAStorageOfOnesOwn(t *testing.T) {
	storage := &shelf{objects: map[string][]byte{}}
	repository, err := holdfast.CreateOn(ctx, storage, key())
	check(t, err)
	defer repository.Close()
	_, err = repository.Backup(ctx, "exec:seq 1 200000")
	check(t, err)
	again, err := holdfast.OpenOn(ctx, storage, key())
	check(t, err)
	defer again.Close()
	report, err := again.Verify(ctx, "latest", holdfast.With("verify.level", "full"))
	check(t, err)
	if !report.OK || again.URI() != "shelf:" {
		t.Fatalf("%+v", report)
	}
	for name, object := range storage.objects {
		if strings.HasPrefix(name, "packs/") {
			changed := append([]byte(nil), object...)
			changed[len(changed)/2] ^= 1
			storage.objects[name] = changed
		}
	}
	report, err = again.Verify(ctx, "latest", holdfast.With("verify.level", "full"))
	check(t, err)
	if report.OK || len(report.Faults) == 0 {
		t.Fatalf("%+v", report)
	}
	storage.refuse = func(string) error { return fs.ErrPermission }
	_, err = again.Backup(ctx, "exec:true")
	fails(t, err, fs.ErrPermission)
	storage.refuse = func(operation string) error {
		if operation == "close" {
			panic("there is nobody to tell it")
		}
		return nil
	}
	_, err = again.Backup(ctx, "exec:true")
	check(t, err)
	storage.refuse = func(string) error { panic("oh") }
	_, err = again.Backup(ctx, "exec:true")
	fails(t, err, holdfast.Internal)
}

// count returns how many entries a folder of /proc has.
func count(t *testing.T, place string) int {
	t.Helper()
	entries, err := os.ReadDir(place)
	check(t, err)
	return len(entries)
}

// used is how many files and threads this process has, and its pages in memory.
type used struct{ files, threads, pages int }

func measure(t *testing.T) (now used) {
	t.Helper()
	runtime.GC()
	text, err := os.ReadFile("/proc/self/statm")
	check(t, err)
	_, err = fmt.Sscan(string(text), new(int), &now.pages)
	check(t, err)
	now.files, now.threads = count(t, "/proc/self/fd"), count(t, "/proc/self/task")
	return now
}

func more(a, b int) int {
	if a > b {
		return a
	}
	return b
}

func TestNothingIsLeftBehind(t *testing.T) {
	rounds := 60
	if os.Getenv("HOLDFAST_TESTS_LONG") != "" {
		rounds = 500
	}
	repository, storage, place := create(t), &shelf{objects: map[string][]byte{}}, filepath.Join(t.TempDir(), "r")
	for _, open := range []func() (*holdfast.Repository, error){
		func() (*holdfast.Repository, error) { return holdfast.Create(ctx, place, key()) },
		func() (*holdfast.Repository, error) { return holdfast.CreateOn(ctx, storage, key()) },
	} {
		made, err := open()
		check(t, err)
		check(t, made.Close())
	}
	once := func(number string) {
		limited, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		_, err := repository.BackupSource(limited, notes{texts: map[string]string{"a": number}}, holdfast.OnEvent(func(holdfast.Event) {}))
		check(t, err)
		view, err := repository.FS(limited, "latest", 0)
		check(t, err)
		text, err := fs.ReadFile(view, "a")
		check(t, err)
		check(t, view.Close())
		if string(text) != number {
			t.Fatalf("%q is not %q", text, number)
		}
		_, err = repository.Backup(limited, "exec:false")
		fails(t, err, holdfast.SourceFailed)
		again, err := holdfast.Open(ctx, place, key())
		check(t, err)
		check(t, again.Close())
		again, err = holdfast.OpenOn(ctx, storage, key())
		check(t, err)
		check(t, again.Close())
	}
	var peaks [2]used // of each half: the library keeps some packs open, and the runtime may need another thread at any time
	for i := 0; i < rounds; i++ {
		once(fmt.Sprint(i))
		now, peak := measure(t), &peaks[2*i/rounds]
		*peak = used{more(peak.files, now.files), more(peak.threads, now.threads), more(peak.pages, now.pages)}
	}
	early, late := peaks[0], peaks[1]
	t.Logf("%+v then %+v", early, late)
	if late.files >= early.files+more(rounds/4, 32) || late.threads > early.threads+2 || late.pages > early.pages*3/2 {
		t.Fatalf("%+v then %+v", early, late)
	}
}

func TestPostgreSQL(t *testing.T) {
	database, target := os.Getenv("HOLDFAST_TEST_POSTGRES"), os.Getenv("HOLDFAST_TEST_POSTGRES_TARGET")
	if database == "" {
		t.Skip("no HOLDFAST_TEST_POSTGRES")
	}
	repository := create(t)
	backup, err := repository.Backup(ctx, database)
	check(t, err)
	report, err := repository.Verify(ctx, backup.ID, holdfast.With("verify.level", "restore"))
	check(t, err)
	if !report.OK || report.Proof.Level != "content-equal" || report.Proof.Counts["rows"] != 1000 {
		t.Fatalf("%+v", report)
	}
	done, err := repository.Restore(ctx, backup.ID, target)
	check(t, err)
	if done.Counts["rows"] != 1000 || len(done.LeftOut) != 0 {
		t.Fatalf("%+v", done)
	}
}

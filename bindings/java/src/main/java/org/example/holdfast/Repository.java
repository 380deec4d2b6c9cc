package org.example.holdfast;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.io.OutputStream;
import java.util.List;
import java.util.stream.LongStream;

/**
 * A set of backups on one storage. Several threads may use it at once, and several processes one repository. In all calls
 * `backup` is an id, a unique beginning of an id, or "latest". An operation ends soon after its thread is interrupted,
 * with {@link Code#CANCELLED}; the thread is interrupted still.
 */
public final class Repository implements AutoCloseable {
  private interface Opener {
    int open(PointerByReference out, Pointer options, PointerByReference err);
  }

  private interface Asker<T> {
    T ask(Pointer repository, Pointer options) throws HoldfastException;
  }

  private interface Starter {
    int start(PointerByReference job, Pointer repository, Pointer options, PointerByReference err);
  }

  private final Handle handle;

  private Repository(Pointer raw) {
    handle = new Handle(raw, Capi::holdfast_repository_free, "repository");
  }

  /** Creates a repository in a folder or at the URI of a storage. Needs a password, a key, or noEncryption(). */
  public static Repository create(String uri, Options options) throws HoldfastException {
    String text = Calls.text(uri);
    return opened(options, (out, c, err) -> Capi.holdfast_repository_create(out, text, c, err));
  }

  public static Repository open(String uri, Options options) throws HoldfastException {
    String text = Calls.text(uri);
    return opened(options, (out, c, err) -> Capi.holdfast_repository_open(out, text, c, err));
  }

  /** Creates a repository on a storage of the host's own. */
  public static Repository createOn(Storage storage, Options options) throws HoldfastException {
    try (Handle place = Hosted.storage(storage)) { // the repository keeps it
      return place.use(at -> opened(options, (out, c, err) -> Capi.holdfast_repository_create_on(out, at, c, err)));
    }
  }

  public static Repository openOn(Storage storage, Options options) throws HoldfastException {
    try (Handle place = Hosted.storage(storage)) {
      return place.use(at -> opened(options, (out, c, err) -> Capi.holdfast_repository_open_on(out, at, c, err)));
    }
  }

  private static Repository opened(Options options, Opener opener) throws HoldfastException {
    try (Handle c = options.open()) {
      return new Repository(c.use(o -> Calls.made((out, err) -> opener.open(out, o, err))));
    }
  }

  /** What was opened through it stays usable. */
  @Override
  public void close() {
    handle.close();
  }

  /** Its place, without credentials. */
  public String uri() throws HoldfastException {
    return handle.use(Capi::holdfast_repository_uri);
  }

  public boolean isEncrypted() throws HoldfastException {
    return handle.use(raw -> Capi.holdfast_repository_is_encrypted(raw) != 0);
  }

  /** Lists all backups, newest first; damaged ones are included and marked. */
  public List<Backup> backups(Options options) throws HoldfastException {
    return ask(options, (raw, c) -> {
      Pointer list = Calls.made((out, err) -> Capi.holdfast_repository_list(out, raw, c, err));
      try {
        return LongStream.range(0, Capi.holdfast_backup_list_count(list)).mapToObj(i -> Backup.of(Capi.holdfast_backup_list_at(list, i))).toList();
      } finally {
        Capi.holdfast_backup_list_free(list);
      }
    });
  }

  public List<Backup> backups() throws HoldfastException {
    return backups(new Options());
  }

  public Backup find(String backup, Options options) throws HoldfastException {
    String text = Calls.text(backup);
    return ask(options, (raw, c) -> Backup.taken(Calls.made((out, err) -> Capi.holdfast_repository_find(out, raw, text, c, err))));
  }

  /** Removes a backup from the listing. In a packed repository it can be brought back until it is collected. */
  public void remove(String backup, Options options) throws HoldfastException {
    String text = Calls.text(backup);
    ask(options, (raw, c) -> {
      Calls.check(err -> Capi.holdfast_repository_remove(raw, text, c, err));
      return null;
    });
  }

  /** Says what expire() would do now, with options "expire.…"; changes nothing. */
  public Plan plan(Options options) throws HoldfastException {
    return ask(options, (raw, c) -> Plan.taken(Calls.made((out, err) -> Capi.holdfast_retention_plan_new(out, raw, c, err))));
  }

  /** Opens a backup for reading. */
  public BackupView view(String backup, Options options) throws HoldfastException {
    String text = Calls.text(backup);
    return ask(options, (raw, c) -> new BackupView(Calls.made((out, err) -> Capi.holdfast_manifest_open(out, raw, text, c, err))));
  }

  /** Begins a backup that the caller fills. */
  public Session begin(Options options) throws HoldfastException {
    return ask(options, (raw, c) -> new Session(Calls.made((out, err) -> Capi.holdfast_backup_writer_begin(out, raw, c, err))));
  }

  /** Backs up one source, by its URI. After an exception there is no backup. */
  public Backup backup(String source, Options options) throws HoldfastException {
    String text = Calls.text(source);
    return run(options, (job, raw, c, err) -> Capi.holdfast_backup_start(job, raw, text, c, err), Backup::ofJob);
  }

  /** Backs up a source of the host's own. If it fails, its exception is the cause. */
  public Backup backup(Source source, Options options) throws HoldfastException {
    Hosted.Lent lent = new Hosted.Lent(source);
    try (Handle made = Hosted.source(lent)) {
      return made.use(c -> {
        PointerByReference sources = new PointerByReference(c);
        return run(options, (job, raw, o, err) -> Capi.holdfast_backup_start_sources(job, raw, sources, 1, o, err), Backup::ofJob);
      });
    } catch (HoldfastException failure) {
      throw lent.explained(failure);
    }
  }

  /** Restores a backup into a target, by its URI. The target is checked before anything is changed. */
  public RestoreReport restore(String backup, String target, Options options) throws HoldfastException {
    String from = Calls.text(backup);
    String to = Calls.text(target);
    return run(options, (job, raw, c, err) -> Capi.holdfast_restore_start(job, raw, from, to, c, err), RestoreReport::ofJob);
  }

  /** Writes one source of a backup in a format that standard tools read (option "export.format"). Flushes the stream. */
  public void export(String backup, long source, OutputStream to, Options options) throws HoldfastException {
    String from = Calls.text(backup);
    Hosted.Lent lent = new Hosted.Lent(to);
    try (Handle made = Hosted.writer(lent)) {
      made.use(writer -> run(options, (job, raw, c, err) -> Capi.holdfast_export_start(job, raw, from, source, writer, c, err), job -> null));
    } catch (HoldfastException failure) {
      throw lent.explained(failure);
    }
  }

  /** Checks a backup for damage at the level of option "verify.level": "quick", "full" or "restore". */
  public VerifyReport verify(String backup, Options options) throws HoldfastException {
    String text = Calls.text(backup);
    return run(options, (job, raw, c, err) -> Capi.holdfast_verify_start(job, raw, text, c, err), VerifyReport::ofJob);
  }

  /** Checks the repository's own objects and all its backups in one pass. */
  public List<VerifyReport> verifyAll(Options options) throws HoldfastException {
    return run(options, Capi::holdfast_verify_all_start, VerifyReport::allOfJob);
  }

  /** Removes the backups that no rule keeps: with("expire.keep_daily", 7). */
  public Plan expire(Options options) throws HoldfastException {
    return run(options, Capi::holdfast_expire_start,
        job -> Plan.taken(Calls.made((out, err) -> Capi.holdfast_job_retention_plan(out, job, err))));
  }

  /** Frees what no backup needs. */
  public GarbageReport collectGarbage(Options options) throws HoldfastException {
    return run(options, Capi::holdfast_gc_start, GarbageReport::ofJob);
  }

  private <T> T ask(Options options, Asker<T> asker) throws HoldfastException {
    try (Handle c = options.open()) {
      return c.use(o -> handle.use(raw -> asker.ask(raw, o)));
    }
  }

  private <T> T run(Options options, Starter starter, Job.Result<T> result) throws HoldfastException {
    return Job.run(options, c -> handle.use(raw -> Calls.made((out, err) -> starter.start(out, raw, c, err))), result);
  }
}

package org.example.holdfast;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;

/** A backup that the caller fills. Closed without commit, it never existed. Safe for several threads, except commit(). */
public final class Session implements AutoCloseable {
  private final Handle handle;

  Session(Pointer raw) {
    handle = new Handle(raw, Capi::holdfast_backup_writer_free, "session");
  }

  /** Begins a source: "app:notes" and "notes" are for people. Backups of the same URIs are a series. */
  public Entries addSource(String uri, String name) throws HoldfastException {
    String u = Calls.text(uri);
    String n = Calls.text(name);
    LongByReference source = new LongByReference();
    handle.use(raw -> {
      Calls.check(err -> Capi.holdfast_backup_writer_add_source(source, raw, u, n, err));
      return null;
    });
    return new Entries(handle, source.getValue());
  }

  /** Makes the backup exist: it survives any later crash. Fails while an entry is neither committed nor aborted. */
  public Backup commit() throws HoldfastException {
    return handle.use(raw -> Backup.taken(Calls.made((out, err) -> Capi.holdfast_backup_writer_commit(out, raw, err))));
  }

  @Override
  public void close() {
    handle.close();
  }
}

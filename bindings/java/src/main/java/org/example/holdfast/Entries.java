package org.example.holdfast;

import java.time.Instant;

/** The entries of one source of a backup that is being written. Safe for several threads. */
public final class Entries {
  private final Handle writer;
  private final long source;

  Entries(Handle writer, long source) {
    this.writer = writer;
    this.source = source;
  }

  /** Begins an entry: any name, unique in its source. */
  public EntryWriter create(String name) throws HoldfastException {
    return create(name, new Options());
  }

  /** Begins an entry; options "entry.…". */
  public EntryWriter create(String name, Options options) throws HoldfastException {
    String text = Calls.text(name);
    try (Handle c = options.open()) {
      return new EntryWriter(c.use(o -> writer.use(raw ->
          Calls.made((out, err) -> Capi.holdfast_backup_writer_open(out, raw, source, text, "stream", o, err)))));
    }
  }

  /** Adds metadata to the source. */
  public void note(String key, String value) throws HoldfastException {
    String k = Calls.text(key);
    String v = Calls.text(value);
    writer.use(raw -> {
      Calls.check(err -> Capi.holdfast_backup_writer_note(raw, source, k, v, err));
      return null;
    });
  }

  /** Says as of when the data is consistent. */
  public void setSnapshotTime(Instant time) throws HoldfastException {
    writer.use(raw -> {
      Calls.check(err -> Capi.holdfast_backup_writer_set_instant(raw, source, Calls.microseconds(time), err));
      return null;
    });
  }
}

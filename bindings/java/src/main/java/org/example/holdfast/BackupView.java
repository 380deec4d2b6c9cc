package org.example.holdfast;

import com.sun.jna.Pointer;
import java.io.InputStream;
import java.util.List;
import java.util.stream.LongStream;

/** One backup, opened for reading: its sources and entries. Safe for several threads. */
public final class BackupView implements AutoCloseable {
  private final Handle handle;

  BackupView(Pointer raw) {
    handle = new Handle(raw, Capi::holdfast_manifest_free, "backup");
  }

  /** The backup's id. */
  public String id() throws HoldfastException {
    return handle.use(Capi::holdfast_manifest_id);
  }

  /** What was read. */
  public List<SourceRecord> sources() throws HoldfastException {
    return handle.use(raw -> LongStream.range(0, Capi.holdfast_manifest_source_count(raw))
        .mapToObj(i -> SourceRecord.of(Capi.holdfast_manifest_source(raw, i))).toList());
  }

  /** All entries. */
  public List<Entry> entries() throws HoldfastException {
    return handle.use(raw -> LongStream.range(0, Capi.holdfast_manifest_entry_count(raw))
        .mapToObj(i -> Entry.of(Capi.holdfast_manifest_entry(raw, i))).toList());
  }

  /**
   * Opens an entry by the number of its source and its name. Every hash is checked before the stream tells its end. It
   * stays readable when this is closed.
   */
  public InputStream read(long source, String name) throws HoldfastException {
    String text = Calls.text(name);
    return handle.use(raw -> {
      Pointer entry = Capi.holdfast_manifest_find(raw, source, text);
      if (entry == null) throw new HoldfastException(Code.NOT_FOUND, "source " + source + " of the backup has no entry " + name);
      return new EntryReader(Calls.made((out, err) -> Capi.holdfast_manifest_read(out, raw, entry, err)));
    });
  }

  @Override
  public void close() {
    handle.close();
  }
}

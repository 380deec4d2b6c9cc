package org.example.holdfast;

import com.sun.jna.Memory;
import java.io.OutputStream;
import java.util.Objects;

/**
 * One entry that is being written: commit() adds it to the backup, abort() leaves it out. Closed without either, it
 * prevents the backup's commit, so that entries are never missing by accident. For one thread at a time.
 */
public final class EntryWriter extends OutputStream {
  private static final int BLOCK = 1 << 16;
  private final Handle handle;
  private final Memory block = new Memory(BLOCK);

  EntryWriter(com.sun.jna.Pointer raw) {
    handle = new Handle(raw, Capi::holdfast_writer_free, "entry");
  }

  @Override
  public void write(int value) throws HoldfastException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws HoldfastException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    handle.use(raw -> {
      for (int at = 0; at < length; at += BLOCK) {
        int some = Math.min(length - at, BLOCK);
        block.write(0, bytes, offset + at, some);
        Calls.check(err -> Capi.holdfast_writer_write(raw, block, some, err));
      }
      return null;
    });
  }

  /** Adds an attribute. */
  public void note(String key, String value) throws HoldfastException {
    String k = Calls.text(key);
    String v = Calls.text(value);
    handle.use(raw -> {
      Calls.check(err -> Capi.holdfast_writer_note(raw, k, v, err));
      return null;
    });
  }

  /** Adds the entry to the backup. */
  public void commit() throws HoldfastException {
    handle.use(raw -> {
      Calls.check(err -> Capi.holdfast_writer_commit(raw, err));
      return null;
    });
  }

  /** Leaves the entry out of the backup. After an exception of a write that is all that can be done. */
  public void abort() throws HoldfastException {
    handle.use(raw -> {
      Calls.check(err -> Capi.holdfast_writer_abort(raw, err));
      return null;
    });
  }

  @Override
  public void close() {
    handle.close();
    block.close();
  }
}

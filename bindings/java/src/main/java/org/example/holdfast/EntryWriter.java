package org.example.holdfast;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * One entry that is being written: commit() adds it to the backup, abort() leaves it out. Closed without either, it
 * prevents the backup's commit, so that entries are never missing by accident. For one thread at a time.
 */
public final class EntryWriter extends OutputStream {
  private static final int BLOCK = 1 << 18; // each call costs a little
  private final Handle handle;
  private Memory block = new Memory(1 << 12); // grows up to BLOCK

  EntryWriter(Pointer raw) {
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
      grow(Math.min(length, BLOCK));
      for (int at = 0; at < length; at += BLOCK) {
        int some = Math.min(length - at, BLOCK);
        block.write(0, bytes, offset + at, some);
        push(raw, block, some);
      }
      return null;
    });
  }

  /** Writes what remains of a buffer. The bytes of a direct one are not copied. */
  public void write(ByteBuffer bytes) throws HoldfastException {
    if (!bytes.isDirect()) {
      byte[] copied = new byte[bytes.remaining()];
      bytes.get(copied);
      write(copied, 0, copied.length);
      return;
    }
    handle.use(raw -> {
      push(raw, Native.getDirectBufferPointer(bytes).share(bytes.position()), bytes.remaining());
      bytes.position(bytes.limit());
      return null;
    });
    Reference.reachabilityFence(bytes);
  }

  private static void push(Pointer raw, Pointer bytes, int length) throws HoldfastException {
    Calls.check(err -> Capi.holdfast_writer_write(raw, bytes, length, err));
  }

  private void grow(int size) {
    if (block.size() >= size) return;
    Memory larger = new Memory(size);
    block.close();
    block = larger;
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

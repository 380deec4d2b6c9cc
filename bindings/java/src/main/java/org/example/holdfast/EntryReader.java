package org.example.holdfast;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import java.io.InputStream;
import java.util.Objects;

/** The plain bytes of an entry. Every hash is checked before the end is told. */
final class EntryReader extends InputStream {
  private static final int BLOCK = 1 << 16;
  private final Handle handle;
  private final Memory block = new Memory(BLOCK);

  EntryReader(Pointer raw) {
    handle = new Handle(raw, Capi::holdfast_reader_free, "entry");
  }

  @Override
  public int read() throws HoldfastException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws HoldfastException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) return 0;
    return handle.use(raw -> {
      LongByReference some = new LongByReference();
      Calls.check(err -> Capi.holdfast_reader_read(some, raw, block, Math.min(length, BLOCK), err));
      int read = (int) some.getValue();
      block.read(0, bytes, offset, read);
      return read == 0 ? -1 : read;
    });
  }

  @Override
  public void close() {
    handle.close();
    block.close();
  }
}

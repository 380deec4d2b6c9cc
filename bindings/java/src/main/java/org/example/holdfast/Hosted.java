package org.example.holdfast;

import com.sun.jna.Callback;
import com.sun.jna.CallbackReference;
import com.sun.jna.CallbackThreadInitializer;
import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.io.FileNotFoundException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** Sources, storages and streams of the host's own in the hands of the library, which calls them by their numbers. */
final class Hosted {
  /** An object in the hands of the library, and what it failed with. */
  static final class Lent {
    final Object object;
    final long number = NUMBERS.incrementAndGet();
    volatile Throwable failure;
    private Memory texts; // of a source's description
    private byte[] block = {}; // of a stream: a new one for each call would be cleared first

    Lent(Object object) {
      this.object = Objects.requireNonNull(object);
      LENT.put(number, this);
    }

    private byte[] block(long length) {
      if (block.length < Math.min(length, BLOCK)) block = new byte[(int) Math.min(length, BLOCK)];
      return block;
    }

    /** Adds what the object failed with. */
    HoldfastException explained(HoldfastException error) {
      if (failure != null && failure != error && error.getCause() == null) error.initCause(failure);
      return error;
    }
  }

  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final Map<Long, Lent> LENT = new ConcurrentHashMap<>();
  private static final int BLOCK = 1 << 18; // objects of half a region are a burden for G1

  private Hosted() {}

  /* --- What C calls ------------------------------------------------------------------------------------------------ */

  private interface Action<T> {
    void of(T object, Lent lent) throws Exception;
  }

  private interface Release extends Callback {
    void callback(Pointer data);
  }

  private interface Data extends Callback {
    int callback(Pointer data, Pointer bytes, long length, Pointer err);
  }

  private interface Commit extends Callback {
    int callback(Pointer data, Pointer err);
  }

  private interface Read extends Callback {
    int callback(Pointer data, Pointer buffer, long capacity, Pointer length, Pointer err);
  }

  private interface Named extends Callback {
    int callback(Pointer data, Pointer name, Pointer out, Pointer err);
  }

  private interface Range extends Callback {
    int callback(Pointer data, Pointer name, long offset, long length, Pointer out, Pointer err);
  }

  private interface Listing extends Callback {
    int callback(Pointer data, Pointer prefix, Pointer visit, Pointer visitData, Pointer err);
  }

  private interface Remove extends Callback {
    int callback(Pointer data, Pointer name, Pointer err);
  }

  private interface Backing extends Callback {
    int callback(Pointer data, Pointer out, long source, Pointer context, Pointer err);
  }

  /* The JVM must not collect what C can call. */
  private static final Release RELEASE = Hosted::release;
  private static final Data WRITE = (data, bytes, length, err) -> answer(data, err, OutputStream.class, (out, lent) -> {
    byte[] block = lent.block(length);
    for (long at = 0; at < length; at += block.length) {
      int some = (int) Math.min(length - at, block.length);
      bytes.read(at, block, 0, some);
      out.write(block, 0, some);
    }
  });
  private static final Commit COMMIT = (data, err) -> answer(data, err, OutputStream.class, (out, lent) -> {
    if (out instanceof Storage.ObjectWriter object) object.commit();
    else out.flush();
  });
  private static final Read READ = (data, buffer, capacity, length, err) -> answer(data, err, InputStream.class, (in, lent) -> {
    byte[] block = lent.block(capacity);
    int some = in.read(block, 0, (int) Math.min(capacity, block.length));
    if (some > 0) buffer.write(0, block, 0, some);
    length.setLong(0, Math.max(some, 0));
  });
  private static final Named CREATE = (data, name, out, err) -> answer(data, err, Storage.class,
      (storage, lent) -> fillWriter(out, new Lent(storage.create(Calls.textAt(name)))));
  private static final Range OPEN = (data, name, offset, length, out, err) -> answer(data, err, Storage.class, (storage, lent) -> {
    InputStream in = storage.open(Calls.textAt(name), positive(offset), positive(length));
    out.setPointer(Capi.READER_DRIVER_USER_DATA, new Pointer(new Lent(in).number));
    out.setPointer(Capi.READER_DRIVER_RELEASE, pointer(RELEASE));
    out.setPointer(Capi.READER_DRIVER_READ, pointer(READ));
  });
  private static final Named STAT = (data, name, out, err) -> answer(data, err, Storage.class,
      (storage, lent) -> fill(out, storage.stat(Calls.textAt(name))));
  private static final Listing LIST = Hosted::list;
  private static final Remove REMOVE = (data, name, err) -> answer(data, err, Storage.class,
      (storage, lent) -> storage.remove(Calls.textAt(name)));
  private static final Named DESCRIBE = (data, out, context, err) -> answer(data, err, Source.class, (source, lent) -> {
    SourceInfo info = source.describe();
    byte[] uri = Native.toByteArray(Calls.text(info.uri()), "UTF-8");
    byte[] name = Native.toByteArray(Calls.text(info.name()), "UTF-8");
    lent.texts = new Memory(uri.length + name.length);
    lent.texts.write(0, uri, 0, uri.length);
    lent.texts.write(uri.length, name, 0, name.length);
    out.setPointer(Capi.SOURCE_INFO_URI, lent.texts);
    out.setPointer(Capi.SOURCE_INFO_NAME, lent.texts.share(uri.length));
    out.setLong(Capi.SOURCE_INFO_SIZE_ESTIMATE, info.sizeEstimate());
  });
  private static final Backing BACKUP = (data, out, number, context, err) -> answer(data, err, Source.class, (source, lent) -> {
    try (Handle writer = new Handle(out, raw -> {}, "source"); Handle operation = new Handle(context, raw -> {}, "operation")) {
      source.backup(new Entries(writer, number), new Context(operation));
    }
  });

  static {
    // Threads of the library stay attached until they end: attaching costs more than most calls.
    for (Callback each : new Callback[] {RELEASE, WRITE, COMMIT, READ, CREATE, OPEN, STAT, LIST, REMOVE, DESCRIBE, BACKUP}) {
      Native.setCallbackThreadInitializer(each, new CallbackThreadInitializer(true, false, "holdfast"));
    }
  }

  private static Pointer pointer(Callback callback) {
    return CallbackReference.getFunctionPointer(callback);
  }

  /** Numbers of C have no sign. */
  private static long positive(long number) {
    return number < 0 ? Long.MAX_VALUE : number;
  }

  private static void fill(Pointer out, ObjectInfo info) {
    out.setLong(Capi.OBJECT_INFO_SIZE, info.size());
    out.setLong(Capi.OBJECT_INFO_MODIFIED, info.modified() == null ? 0 : Calls.microseconds(info.modified()));
  }

  private static int list(Pointer data, Pointer prefix, Pointer visit, Pointer visitData, Pointer err) {
    int[] stopped = {Capi.OK};
    int status = answer(data, err, Storage.class, (storage, lent) -> {
      Function visitor = Function.getFunction(visit);
      try (Stream<ObjectInfo> found = storage.list(Calls.textAt(prefix)); Memory info = Calls.struct(Capi.SIZEOF_OBJECT_INFO)) {
        for (Iterator<ObjectInfo> each = found.iterator(); each.hasNext() && stopped[0] == Capi.OK;) {
          ObjectInfo object = each.next();
          byte[] name = Native.toByteArray(Calls.text(object.name()), "UTF-8");
          try (Memory text = new Memory(name.length)) {
            text.write(0, name, 0, name.length);
            info.setPointer(Capi.OBJECT_INFO_NAME, text);
            fill(info, object);
            stopped[0] = visitor.invokeInt(new Object[] {visitData, info});
          }
        }
      }
    });
    return stopped[0] == Capi.OK ? status : stopped[0];
  }

  private static void release(Pointer data) {
    Lent lent = LENT.remove(Pointer.nativeValue(data));
    try {
      if (lent.object instanceof Storage.ObjectWriter writer) writer.close();
      if (lent.object instanceof InputStream reader) reader.close();
    } catch (Throwable ignored) {
      // there is nobody to tell, and it must not cross C
    }
  }

  /** Runs a method of the host's for the library. An exception must not cross C. */
  private static <T> int answer(Pointer data, Pointer err, Class<T> type, Action<T> action) {
    Lent lent = LENT.get(Pointer.nativeValue(data));
    try {
      action.of(type.cast(lent.object), lent);
      return Capi.OK;
    } catch (Throwable failure) {
      lent.failure = failure;
      PointerByReference out = new PointerByReference();
      out.setPointer(err);
      return Capi.holdfast_error_set(out, codeOf(failure).status, Calls.plain(failure.getMessage() == null ? failure.toString() : failure.getMessage()));
    }
  }

  /** What an exception of the host's means to the library. */
  private static Code codeOf(Throwable failure) {
    if (failure instanceof HoldfastException own) return own.code();
    if (failure instanceof UncheckedIOException stream) return codeOf(stream.getCause());
    if (failure instanceof SocketTimeoutException || failure instanceof TimeoutException) return Code.TIMEOUT;
    if (failure instanceof NoSuchFileException || failure instanceof FileNotFoundException) return Code.NOT_FOUND;
    if (failure instanceof FileAlreadyExistsException) return Code.ALREADY_EXISTS;
    if (failure instanceof AccessDeniedException) return Code.PERMISSION_DENIED;
    if (failure instanceof InterruptedException || failure instanceof InterruptedIOException) return Code.CANCELLED;
    if (failure instanceof OutOfMemoryError) return Code.OUT_OF_MEMORY;
    return failure instanceof RuntimeException || failure instanceof Error ? Code.INTERNAL : Code.IO;
  }

  /* --- What is lent ------------------------------------------------------------------------------------------------ */

  private static void fillWriter(Pointer table, Lent lent) {
    table.setPointer(Capi.WRITER_DRIVER_USER_DATA, new Pointer(lent.number));
    table.setPointer(Capi.WRITER_DRIVER_RELEASE, pointer(RELEASE));
    table.setPointer(Capi.WRITER_DRIVER_WRITE, pointer(WRITE));
    table.setPointer(Capi.WRITER_DRIVER_COMMIT, pointer(COMMIT));
  }

  /** A writer whose commit flushes the stream and whose release leaves it open: it is the caller's. */
  static Handle writer(Lent lent) throws HoldfastException {
    try (Memory table = Calls.struct(Capi.SIZEOF_WRITER_DRIVER)) {
      fillWriter(table, lent);
      return new Handle(Calls.made((out, err) -> Capi.holdfast_writer_new(out, table, err)), Capi::holdfast_writer_free, "writer");
    }
  }

  static Handle source(Lent lent) throws HoldfastException {
    try (Memory table = Calls.struct(Capi.SIZEOF_SOURCE_DRIVER)) {
      table.setPointer(Capi.SOURCE_DRIVER_USER_DATA, new Pointer(lent.number));
      table.setPointer(Capi.SOURCE_DRIVER_RELEASE, pointer(RELEASE));
      table.setPointer(Capi.SOURCE_DRIVER_DESCRIBE, pointer(DESCRIBE));
      table.setPointer(Capi.SOURCE_DRIVER_BACKUP, pointer(BACKUP));
      return new Handle(Calls.made((out, err) -> Capi.holdfast_source_new(out, table, err)), Capi::holdfast_source_free, "source");
    }
  }

  static Handle storage(Storage storage) throws HoldfastException {
    byte[] uri = Native.toByteArray(Calls.text(storage.uri()), "UTF-8");
    try (Memory table = Calls.struct(Capi.SIZEOF_STORAGE_DRIVER); Memory text = new Memory(uri.length)) {
      text.write(0, uri, 0, uri.length);
      table.setInt(Capi.STORAGE_DRIVER_CAPS, Capi.STORAGE_ATOMIC_CREATE | Capi.STORAGE_DURABLE);
      table.setPointer(Capi.STORAGE_DRIVER_USER_DATA, new Pointer(new Lent(storage).number));
      table.setPointer(Capi.STORAGE_DRIVER_RELEASE, pointer(RELEASE));
      table.setPointer(Capi.STORAGE_DRIVER_URI, text);
      table.setPointer(Capi.STORAGE_DRIVER_WRITE, pointer(CREATE));
      table.setPointer(Capi.STORAGE_DRIVER_READ, pointer(OPEN));
      table.setPointer(Capi.STORAGE_DRIVER_STAT, pointer(STAT));
      table.setPointer(Capi.STORAGE_DRIVER_LIST, pointer(LIST));
      table.setPointer(Capi.STORAGE_DRIVER_REMOVE, pointer(REMOVE));
      return new Handle(Calls.made((out, err) -> Capi.holdfast_storage_new(out, table, err)), Capi::holdfast_storage_free, "storage");
    }
  }
}

package org.example.holdfast;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.stream.Stream;

/**
 * A flat set of write-once objects of the host's own. The library checks names first: 1 to 1024 bytes of printable ASCII
 * in parts separated by '/'. An object is visible completely or not at all, is durable before the call that creates it
 * returns, and is never overwritten: of two writers of one name exactly one wins. Called on several threads at once.
 *
 * <p>NoSuchFileException, FileAlreadyExistsException, AccessDeniedException and the exceptions of timeouts reach the
 * library as such, also as the cause of an UncheckedIOException, and so does the code of a HoldfastException: throw one
 * with NO_SPACE when there is no more space.
 */
public interface Storage {
  /** For people: without credentials. */
  String uri();

  ObjectWriter create(String name) throws Exception;

  /** Opens `length` bytes from `offset`, both clipped to the end of the object; Long.MAX_VALUE is all. */
  InputStream open(String name, long offset, long length) throws Exception;

  ObjectInfo stat(String name) throws Exception;

  /** Each object whose name begins with the prefix, once, in any order. An incomplete listing must fail. */
  Stream<ObjectInfo> list(String prefix) throws Exception;

  void remove(String name) throws Exception;

  /**
   * Writes one object. close() is called once, last: without commit() before it, nothing becomes visible. The array of
   * a write is used again afterwards: copy what you keep.
   */
  abstract class ObjectWriter extends OutputStream {
    /** Makes the object durable and visible, or fails: with FileAlreadyExistsException if the name is taken. */
    public abstract void commit() throws Exception;
  }
}

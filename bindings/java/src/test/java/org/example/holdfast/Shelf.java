package org.example.holdfast;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** A storage in memory, as a host writes it. */
final class Shelf implements Storage {
  interface Refusal {
    void check() throws Exception;
  }

  final Map<String, byte[]> objects = new ConcurrentHashMap<>();
  volatile Refusal refusal = () -> {};

  @Override
  public String uri() {
    return "shelf:";
  }

  @Override
  public ObjectWriter create(String name) throws Exception {
    refusal.check();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    return new ObjectWriter() {
      @Override
      public void write(int value) {
        bytes.write(value);
      }

      @Override
      public void write(byte[] from, int offset, int length) {
        bytes.write(from, offset, length);
      }

      @Override
      public void commit() throws FileAlreadyExistsException {
        if (objects.putIfAbsent(name, bytes.toByteArray()) != null) throw new FileAlreadyExistsException(name);
      }
    };
  }

  private byte[] get(String name) throws NoSuchFileException {
    byte[] object = objects.get(name);
    if (object == null) throw new NoSuchFileException(name);
    return object;
  }

  @Override
  public InputStream open(String name, long offset, long length) throws Exception {
    refusal.check();
    byte[] object = get(name);
    int from = (int) Math.min(offset, object.length);
    return new ByteArrayInputStream(object, from, (int) Math.min(length, object.length - from));
  }

  @Override
  public ObjectInfo stat(String name) throws Exception {
    return new ObjectInfo(name, get(name).length, Instant.now());
  }

  @Override
  public Stream<ObjectInfo> list(String prefix) {
    return objects.entrySet().stream().filter(each -> each.getKey().startsWith(prefix))
        .map(each -> new ObjectInfo(each.getKey(), each.getValue().length, Instant.now()));
  }

  @Override
  public void remove(String name) throws Exception {
    if (objects.remove(name) == null) throw new NoSuchFileException(name);
  }
}

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.example.holdfast.Context;
import org.example.holdfast.Entries;
import org.example.holdfast.EntryWriter;
import org.example.holdfast.ObjectInfo;
import org.example.holdfast.Options;
import org.example.holdfast.Repository;
import org.example.holdfast.Source;
import org.example.holdfast.SourceInfo;
import org.example.holdfast.Storage;

/** The program that c/host.c describes, in Java. */
final class Host {
  private static final int KEPT = 1 << 20;
  private static final BufferedReader INPUT = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

  private record Kept(long size, byte[] data) {}

  private static final class Shelf implements Storage {
    private final Map<String, Kept> objects = new ConcurrentHashMap<>();

    @Override
    public String uri() {
      return "shelf:";
    }

    @Override
    public ObjectWriter create(String name) {
      ByteArrayOutputStream kept = new ByteArrayOutputStream();
      return new ObjectWriter() {
        private long size;

        @Override
        public void write(int value) {
          write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) {
          size += length;
          if (size <= KEPT) kept.write(from, offset, length);
        }

        @Override
        public void commit() throws FileAlreadyExistsException {
          if (objects.putIfAbsent(name, new Kept(size, kept.toByteArray())) != null) throw new FileAlreadyExistsException(name);
        }
      };
    }

    private Kept get(String name) throws NoSuchFileException {
      Kept found = objects.get(name);
      if (found == null) throw new NoSuchFileException(name);
      return found;
    }

    @Override
    public InputStream open(String name, long offset, long length) throws NoSuchFileException {
      Kept found = get(name);
      if (found.size() > KEPT) throw new NoSuchFileException(name);
      int from = (int) Math.min(offset, found.size());
      return new ByteArrayInputStream(found.data(), from, (int) Math.min(length, found.size() - from));
    }

    @Override
    public ObjectInfo stat(String name) throws NoSuchFileException {
      return new ObjectInfo(name, get(name).size(), null);
    }

    @Override
    public Stream<ObjectInfo> list(String prefix) {
      return objects.entrySet().stream().filter(each -> each.getKey().startsWith(prefix))
          .map(each -> new ObjectInfo(each.getKey(), each.getValue().size(), null));
    }

    @Override
    public void remove(String name) throws NoSuchFileException {
      if (objects.remove(name) == null) throw new NoSuchFileException(name);
    }
  }

  private record Reading(String file, int piece) implements Source {
    @Override
    public SourceInfo describe() {
      return new SourceInfo("bench:file", "file", 0);
    }

    @Override
    public void backup(Entries out, Context context) throws IOException {
      ByteBuffer bytes = ByteBuffer.allocateDirect(piece);
      try (FileChannel from = FileChannel.open(Path.of(file)); EntryWriter entry = out.create("data")) {
        for (; from.read(bytes) > 0; bytes.clear()) entry.write(bytes.flip());
        entry.commit();
      }
    }
  }

  private static void say(String word) throws IOException {
    System.out.println(word);
    INPUT.readLine();
  }

  public static void main(String[] arguments) throws IOException {
    Options options = new Options().key("0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
    try (Repository repository = Repository.createOn(new Shelf(), options)) {
      say("ready");
      repository.backup(new Reading(arguments[0], Integer.parseInt(arguments[1])), new Options());
      say("done");
    }
  }
}

package org.example.holdfast;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What a host of the library must be able to do. A plain program: it needs no framework. */
public final class HostTest {
  private interface Test {
    void run(Path place) throws Exception;
  }

  private interface Backing {
    void back(Entries out, Context context) throws Exception;
  }

  /** Texts by name; then whatever a test adds. */
  private record Notes(Map<String, String> texts, Backing end) implements Source {
    @Override
    public SourceInfo describe() {
      return new SourceInfo("app:notes", "notes", 0);
    }

    @Override
    public void backup(Entries out, Context context) throws Exception {
      for (Map.Entry<String, String> each : texts.entrySet()) {
        try (EntryWriter entry = out.create(each.getKey())) {
          entry.write(each.getValue().getBytes(StandardCharsets.UTF_8));
          entry.commit();
        }
      }
      end.back(out, context);
    }
  }

  private static final byte[] KEY = key();

  private HostTest() {}

  /** Quick to use: a password costs 100 ms. */
  private static byte[] key() {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) 7);
    return key;
  }

  private static Options keyed() {
    return new Options().key(KEY);
  }

  private static Options with(String key, String value) {
    return new Options().with(key, value);
  }

  private static void check(boolean holds, Object told) {
    if (!holds) throw new AssertionError(told);
  }

  private static void equal(Object found, Object wanted) {
    check(found.equals(wanted), found + " is not " + wanted);
  }

  private static HoldfastException fails(Code code, Callable<?> call) throws Exception {
    try {
      call.call();
    } catch (HoldfastException failure) {
      check(failure.code() == code && !failure.getMessage().isEmpty(), failure.code() + ": " + failure.getMessage());
      return failure;
    }
    throw new AssertionError("it does not fail");
  }

  private static Repository create(Path place) throws HoldfastException {
    return Repository.create(place.resolve("repository").toString(), keyed());
  }

  private static Source notes(Map<String, String> texts) {
    return new Notes(texts, (out, context) -> {});
  }

  private static void backsUpProvesRestoresAndExpires(Path place) throws Exception {
    Files.createDirectory(place.resolve("data"));
    Files.writeString(place.resolve("data/note"), "remember");
    try (Repository repository = create(place)) {
      Backup backup = repository.backup("dir://" + place.resolve("data"), with("backup.tag.env", "test"));
      equal(backup.tags(), Map.of("env", "test"));
      equal(backup.sources().get(0).driver(), "files");
      check(backup.time().isAfter(Instant.now().minus(Duration.ofHours(1))) && backup.damage().isEmpty(), backup);
      VerifyReport report = repository.verify("latest", with("verify.level", "restore"));
      check(report.ok() && report.level() == Level.CONTENT_EQUAL && report.faults().isEmpty() && !report.where().isEmpty(), report);
      check(repository.find(backup.id(), new Options()).proven() != null, backup);
      RestoreReport restored = repository.restore(backup.id(), "dir://" + place.resolve("restored"), new Options());
      equal(Files.readString(place.resolve("restored/note")), "remember");
      check(restored.entries() > 0 && restored.leftOut().isEmpty() && !restored.where().isEmpty(), restored);
      check(repository.verifyAll(with("verify.level", "full")).stream().filter(VerifyReport::ok).count() == 2, "not all are whole");
      Options rules = new Options().with("expire.keep_last", 1);
      Plan plan = repository.expire(rules);
      equal(plan, repository.plan(rules));
      check(plan.removed() == 0 && plan.decisions().get(0).keep() && !plan.decisions().get(0).reasons().isEmpty(), plan);
      repository.remove(backup.id(), new Options());
      equal(repository.backups(), List.of());
      equal(repository.collectGarbage(new Options().with("gc.grace", Duration.ZERO)).backups(), 1L);
    }
  }

  private static void progressAndEventsAreTold(Path place) throws Exception {
    List<Progress> told = new ArrayList<>();
    List<Event> heard = new ArrayList<>();
    try (Repository repository = create(place)) {
      repository.backup("exec:seq 1 200000", new Options().onProgress(told::add).onEvent(heard::add));
    }
    Progress last = told.get(told.size() - 1);
    check(last.bytesDone() == 1288895 && last.entriesDone() == 1 && last.bytesStored() > 0, last);
    equal(heard.get(0).kind(), Event.Kind.BEGUN);
    Event ended = heard.stream().filter(event -> event.kind() == Event.Kind.ENDED).findFirst().orElseThrow();
    check(ended.record().contains("\"outcome\":\"succeeded\""), ended);
  }

  private static void tokensAndInterruptsEndCalls(Path place) throws Exception {
    try (Repository repository = create(place); CancelToken token = new CancelToken()) {
      Options options = new Options().cancel(token).onProgress(now -> {
        if (now.bytesDone() > 0) token.cancel();
      });
      fails(Code.CANCELLED, () -> repository.backup("exec:yes", options));
      check(token.isCancelled(), "the token is not cancelled");
      Thread caller = Thread.currentThread();
      fails(Code.CANCELLED, () -> repository.backup("exec:yes", new Options().onProgress(now -> caller.interrupt())));
      check(Thread.interrupted(), "the interrupt is lost");
      equal(repository.backups(), List.of());
    }
  }

  private static void whatCallbacksThrowEndsTheOperation(Path place) throws Exception {
    IllegalStateException oh = new IllegalStateException("oh");
    try (Repository repository = create(place)) {
      for (Options options : List.of(new Options().onProgress(now -> { throw oh; }), new Options().onEvent(event -> { throw oh; }))) {
        try {
          repository.backup("exec:yes", options);
          throw new AssertionError("it does not fail");
        } catch (IllegalStateException thrown) {
          check(thrown == oh, thrown);
        }
      }
      equal(repository.backups(), List.of());
    }
  }

  private static void errorsHaveCodes(Path place) throws Exception {
    String at = place.resolve("repository").toString();
    fails(Code.NOT_FOUND, () -> Repository.open(at, keyed()));
    fails(Code.INVALID_ARGUMENT, () -> Repository.create(at, new Options()));
    fails(Code.INVALID_ARGUMENT, () -> Repository.create(at, new Options().password("")));
    Repository repository = Repository.create(at, new Options().password("correct horse"));
    fails(Code.ALREADY_EXISTS, () -> Repository.create(at, keyed()));
    check(!fails(Code.WRONG_KEY, () -> Repository.open(at, new Options().password("wrong"))).isRetryable(), "a wrong key stays wrong");
    for (Options wrong : List.of(new Options().with("backup.keep_last", 1), with("limits.jobs", "many"), new Options().with("limits.jobs", 1L << 40),
        with("backup.compression", "zip"), new Options().with("backup.include", List.of("a\0b")), with("a\0b", "c"))) {
      fails(Code.INVALID_ARGUMENT, () -> repository.backup("exec:true", wrong));
    }
    fails(Code.INVALID_ARGUMENT, () -> repository.find("a\0b", new Options()));
    fails(Code.SOURCE, () -> repository.backup("exec:false", new Options()));
    equal(repository.backups(), List.of());
    repository.close();
    repository.close();
    fails(Code.INVALID_STATE, repository::backups);
    try (Repository plain = Repository.create(at + "-plain", new Options().noEncryption())) {
      check(!plain.isEncrypted() && plain.uri().endsWith("-plain"), plain.uri());
    }
  }

  private static void aSourceOfOnesOwn(Path place) throws Exception {
    try (Repository repository = create(place)) {
      Exception mine = new IOException("mine");
      check(fails(Code.IO, () -> repository.backup(new Notes(Map.of("a", "1"), (out, context) -> { throw mine; }), new Options())).getCause() == mine,
          "the cause is lost");
      fails(Code.INTERNAL, () -> repository.backup(new Notes(Map.of(), (out, context) -> { throw new AssertionError("oh"); }), new Options()));
      fails(Code.INVALID_STATE, () -> repository.backup(new Notes(Map.of(), (out, context) -> out.create("forgotten").close()), new Options()));
      fails(Code.UNAUTHENTICATED, () -> repository.backup(
          new Notes(Map.of(), (out, context) -> { throw new HoldfastException(Code.UNAUTHENTICATED, "who are you"); }), new Options()));
      equal(repository.backups(), List.of());
      List<Event> heard = new ArrayList<>();
      Instant time = Instant.EPOCH.plus(Duration.ofDays(1));
      Backup backup = repository.backup(new Notes(Map.of("a", "1", "b/\u00f6", "tw\u00f6", "large", "x".repeat(3_000_000)), (out, context) -> {
        out.note("by", "me");
        out.setSnapshotTime(time);
        context.warn("odd", "a");
        context.log("done");
        check(!context.isCancelled(), "it is cancelled");
      }), new Options().onEvent(heard::add));
      check(backup.entries() == 3 && backup.plainBytes() == 3_000_005, backup);
      equal(backup.sources().get(0).notes(), Map.of("by", "me"));
      equal(backup.sources().get(0).snapshotTime(), time);
      check(heard.stream().anyMatch(event -> event.kind() == Event.Kind.WARNING && event.object().equals("a")), heard);
      BackupView view = repository.view(backup.id(), new Options());
      equal(view.id(), backup.id());
      equal(view.sources(), backup.sources());
      try (InputStream entry = view.read(0, "b/\u00f6")) {
        equal(new String(entry.readAllBytes(), StandardCharsets.UTF_8), "tw\u00f6");
      }
      InputStream large = view.read(0, "large");
      view.close();
      equal(large.readAllBytes().length, 3_000_000);
      large.close();
      fails(Code.INVALID_STATE, () -> view.read(0, "a"));
    }
  }

  private static void aSession(Path place) throws Exception {
    try (Repository repository = create(place)) {
      try (Session session = repository.begin(new Options())) {
        Entries entries = session.addSource("app:notes", "notes");
        try (EntryWriter entry = entries.create("a", with("entry.attribute.by", "me"))) {
          entry.write("text".getBytes(StandardCharsets.UTF_8));
          entry.note("more", "yes");
          fails(Code.INVALID_STATE, session::commit);
          entry.commit();
        }
        try (EntryWriter dropped = entries.create("b")) {
          dropped.abort();
        }
        session.commit();
      }
      try (BackupView view = repository.view("latest", new Options())) {
        Entry entry = view.entries().get(0);
        check(view.entries().size() == 1 && entry.name().equals("a") && entry.plainBytes() == 4, entry);
        equal(entry.attributes(), Map.of("by", "me", "more", "yes"));
        fails(Code.NOT_FOUND, () -> view.read(0, "b"));
      }
      repository.begin(new Options()).close();
      equal(repository.backups().size(), 1);
    }
  }

  /** A direct buffer, which is not copied; one of the heap; an array that is larger than what goes to C at once. */
  private static void bytesOfAllKinds(Path place) throws Exception {
    byte[] all = new byte[1_000_000];
    new Random(1).nextBytes(all);
    ByteBuffer direct = ByteBuffer.allocateDirect(all.length).put(all).position(7).limit(900_000);
    ByteBuffer part = ByteBuffer.wrap(all, 900_000, 50_000).slice().asReadOnlyBuffer();
    try (Repository repository = create(place)) {
      repository.backup(new Notes(Map.of(), (out, context) -> {
        try (EntryWriter entry = out.create("a")) {
          entry.write(all, 0, 7);
          entry.write(direct);
          entry.write(part);
          entry.write(part); // nothing remains
          entry.write(all, 950_000, 50_000);
          entry.commit();
        }
        try (EntryWriter entry = out.create("b")) {
          entry.write(all);
          entry.commit();
        }
      }), new Options());
      check(!direct.hasRemaining() && !part.hasRemaining(), direct);
      try (BackupView view = repository.view("latest", new Options())) {
        for (String name : List.of("a", "b")) {
          try (InputStream read = view.read(0, name)) {
            check(Arrays.equals(read.readAllBytes(), all), name);
          }
        }
      }
    }
  }

  private static void anExportIsAStream(Path place) throws Exception {
    try (Repository repository = create(place)) {
      repository.backup("exec:echo hello", new Options());
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      repository.export("latest", 0, out, new Options());
      equal(out.toString(StandardCharsets.UTF_8), "hello\n");
      IOException mine = new IOException("mine");
      HoldfastException failure = fails(Code.IO, () -> {
        repository.export("latest", 0, new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw mine;
          }
        }, new Options());
        return null;
      });
      check(failure.getCause() == mine, failure);
    }
  }

  private static void aStorageOfOnesOwn(Path place) throws Exception {
    Shelf storage = new Shelf();
    try (Repository repository = Repository.createOn(storage, keyed())) {
      repository.backup("exec:seq 1 200000", new Options());
    }
    try (Repository again = Repository.openOn(storage, keyed())) {
      equal(again.uri(), "shelf:");
      check(again.verify("latest", with("verify.level", "full")).ok(), "it is damaged");
      storage.objects.forEach((name, object) -> {
        if (name.startsWith("packs/")) object[object.length / 2] ^= 1;
      });
      VerifyReport report = again.verify("latest", with("verify.level", "full"));
      check(!report.ok() && !report.faults().isEmpty(), report);
      storage.refusal = () -> { throw new AccessDeniedException("here"); };
      fails(Code.PERMISSION_DENIED, () -> again.backup("exec:true", new Options()));
      storage.refusal = () -> { throw new UncheckedIOException(new NoSuchFileException("here")); };
      fails(Code.NOT_FOUND, () -> again.backup("exec:true", new Options()));
      storage.refusal = () -> { throw new SocketTimeoutException("no answer"); };
      fails(Code.TIMEOUT, () -> again.backup("exec:true", new Options()));
      storage.refusal = () -> { throw new HoldfastException(Code.NO_SPACE, "full", new IOException("mine")); };
      fails(Code.NO_SPACE, () -> again.backup("exec:true", new Options()));
      storage.refusal = () -> { throw new StackOverflowError("oh"); };
      fails(Code.INTERNAL, () -> again.backup("exec:true", new Options()));
    }
  }

  /** A server that tests/capi/languages_test.py starts. */
  private static void aPostgreSqlDatabase(Path place) throws Exception {
    try (Repository repository = create(place)) {
      Backup backup = repository.backup(System.getenv("HOLDFAST_TEST_POSTGRES"), new Options());
      VerifyReport report = repository.verify(backup.id(), with("verify.level", "restore"));
      check(report.ok() && report.level() == Level.CONTENT_EQUAL && report.counts().get("rows") == 1000, report);
      RestoreReport restored = repository.restore(backup.id(), System.getenv("HOLDFAST_TEST_POSTGRES_TARGET"), new Options());
      check(restored.rows() == 1000 && restored.leftOut().isEmpty(), restored);
    }
  }

  private static List<Long> used() throws IOException {
    String memory = Files.readString(Path.of("/proc/self/statm")).split(" ")[1];
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd")); Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      return List.of(files.count(), threads.count(), Long.parseLong(memory));
    }
  }

  /** The JVM's own threads come and go, and its heap grows to its limit. */
  private static void nothingIsLeftBehind(Path place) throws Exception {
    int rounds = System.getenv("HOLDFAST_TESTS_LONG") == null ? 60 : 500;
    Shelf storage = new Shelf();
    Repository.createOn(storage, keyed()).close();
    // Of each half: the library keeps some packs open.
    List<List<Long>> peaks = new ArrayList<>(List.of(List.of(0L, 0L, 0L), List.of(0L, 0L, 0L)));
    try (Repository repository = create(place)) {
      for (int i = 0; i < rounds; ++i) {
        try (CancelToken token = new CancelToken()) {
          repository.backup(notes(Map.of("a", "" + i)), new Options().cancel(token));
        }
        try (BackupView view = repository.view("latest", new Options()); InputStream entry = view.read(0, "a")) {
          equal(new String(entry.readAllBytes(), StandardCharsets.UTF_8), "" + i);
        }
        fails(Code.SOURCE, () -> repository.backup("exec:false", new Options()));
        Repository.open(repository.uri(), keyed()).close();
        Repository.openOn(storage, keyed()).close();
        int half = i < rounds / 2 ? 0 : 1;
        List<Long> before = peaks.get(half);
        List<Long> now = used();
        peaks.set(half, IntStream.range(0, 3).mapToObj(each -> Math.max(before.get(each), now.get(each))).toList());
      }
    }
    List<Long> early = peaks.get(0);
    List<Long> late = peaks.get(1);
    System.out.println(early + " then " + late);
    check(late.get(0) < early.get(0) + Math.max(rounds / 4, 32) && late.get(1) <= early.get(1) + 4 && late.get(2) < 1.5 * early.get(2), early + " then " + late);
  }

  private static void run(String name, Test test) throws Exception {
    Path place = Files.createTempDirectory("holdfast-java-");
    try {
      test.run(place);
      System.out.println("ok " + name);
    } finally {
      try (Stream<Path> all = Files.walk(place)) {
        all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
      }
    }
  }

  public static void main(String[] arguments) throws Exception {
    run("backs up, proves, restores and expires", HostTest::backsUpProvesRestoresAndExpires);
    run("progress and events are told", HostTest::progressAndEventsAreTold);
    run("tokens and interrupts end calls", HostTest::tokensAndInterruptsEndCalls);
    run("what callbacks throw ends the operation", HostTest::whatCallbacksThrowEndsTheOperation);
    run("errors have codes", HostTest::errorsHaveCodes);
    run("a source of one's own", HostTest::aSourceOfOnesOwn);
    run("a session", HostTest::aSession);
    run("bytes of all kinds", HostTest::bytesOfAllKinds);
    run("an export is a stream", HostTest::anExportIsAStream);
    run("a storage of one's own", HostTest::aStorageOfOnesOwn);
    if (System.getenv("HOLDFAST_TEST_POSTGRES") != null) run("a PostgreSQL database", HostTest::aPostgreSqlDatabase);
    run("nothing is left behind", HostTest::nothingIsLeftBehind);
  }
}

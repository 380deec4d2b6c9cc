import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;

/** Creates an encrypted repository, backs up, lists and verifies through the C interface, with JNA. */
public final class Minimal {
  /** The part of holdfast.h that this program needs. */
  public interface Holdfast extends Library {
    int OK = 0;
    int RUNNING = 64;

    String holdfast_error_message(Pointer error);
    void holdfast_error_free(Pointer error);
    int holdfast_options_new(PointerByReference out, PointerByReference err);
    int holdfast_options_set_string(Pointer options, String key, String value, PointerByReference err);
    void holdfast_options_free(Pointer options);
    int holdfast_repository_create(PointerByReference out, String uri, Pointer options, PointerByReference err);
    int holdfast_repository_list(PointerByReference out, Pointer repository, Pointer options, PointerByReference err);
    void holdfast_repository_free(Pointer repository);
    long holdfast_backup_list_count(Pointer list);
    Pointer holdfast_backup_list_at(Pointer list, long index);
    void holdfast_backup_list_free(Pointer list);
    String holdfast_backup_id(Pointer backup);
    long holdfast_backup_plain_bytes(Pointer backup);
    int holdfast_backup_start(PointerByReference out, Pointer repository, String sourceUri, Pointer options, PointerByReference err);
    int holdfast_verify_start(PointerByReference out, Pointer repository, String backup, Pointer options, PointerByReference err);
    int holdfast_job_step(Pointer job, long budgetMs, PointerByReference err);
    int holdfast_job_verify_report(PointerByReference out, Pointer job, PointerByReference err);
    void holdfast_job_free(Pointer job);
    int holdfast_verify_report_ok(Pointer report);
    void holdfast_verify_report_free(Pointer report);
  }

  private static final Holdfast LIBRARY = Native.load("holdfast", Holdfast.class);

  private interface Call {
    int make(PointerByReference err);
  }

  private interface Maker {
    int make(PointerByReference out, PointerByReference err);
  }

  private static int check(Call call) {
    PointerByReference err = new PointerByReference();
    int status = call.make(err);
    if (status == Holdfast.OK || status == Holdfast.RUNNING) return status;
    String message = LIBRARY.holdfast_error_message(err.getValue());
    LIBRARY.holdfast_error_free(err.getValue());
    throw new IllegalStateException(message);
  }

  private static Pointer handle(Maker maker) {
    PointerByReference out = new PointerByReference();
    check(err -> maker.make(out, err));
    return out.getValue();
  }

  /** Steps a job until it is done. */
  private static void finish(Pointer job) {
    while (check(err -> LIBRARY.holdfast_job_step(job, 100, err)) == Holdfast.RUNNING) {
      // here a host draws its progress
    }
  }

  private static void run(String place, String password, String source) {
    Pointer options = handle(LIBRARY::holdfast_options_new);
    check(err -> LIBRARY.holdfast_options_set_string(options, "repository.password", password, err));
    check(err -> LIBRARY.holdfast_options_set_string(options, "verify.level", "full", err));
    Pointer repository = handle((out, err) -> LIBRARY.holdfast_repository_create(out, place, options, err));

    Pointer backup = handle((out, err) -> LIBRARY.holdfast_backup_start(out, repository, source, options, err));
    finish(backup);

    Pointer list = handle((out, err) -> LIBRARY.holdfast_repository_list(out, repository, options, err));
    for (long i = 0; i < LIBRARY.holdfast_backup_list_count(list); ++i) {
      Pointer line = LIBRARY.holdfast_backup_list_at(list, i);
      System.out.println(LIBRARY.holdfast_backup_id(line) + " " + LIBRARY.holdfast_backup_plain_bytes(line) + " bytes");
    }

    Pointer verify = handle((out, err) -> LIBRARY.holdfast_verify_start(out, repository, "latest", options, err));
    finish(verify);
    Pointer report = handle((out, err) -> LIBRARY.holdfast_job_verify_report(out, verify, err));
    if (LIBRARY.holdfast_verify_report_ok(report) == 0) throw new IllegalStateException("the backup is damaged");
    System.out.println("verified");

    LIBRARY.holdfast_verify_report_free(report);
    LIBRARY.holdfast_backup_list_free(list);
    LIBRARY.holdfast_job_free(verify);
    LIBRARY.holdfast_job_free(backup);
    LIBRARY.holdfast_repository_free(repository);
    LIBRARY.holdfast_options_free(options);
  }

  public static void main(String[] arguments) {
    if (arguments.length != 3) {
      System.err.println("usage: Minimal NEW-REPOSITORY PASSWORD SOURCE");
      System.exit(2);
    }
    try {
      run(arguments[0], arguments[1], arguments[2]);
    } catch (IllegalStateException failure) {
      System.err.println(failure.getMessage());
      System.exit(1);
    }
  }
}

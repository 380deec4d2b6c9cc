import java.io.IOException;
import org.example.holdfast.Backup;
import org.example.holdfast.HoldfastException;
import org.example.holdfast.Options;
import org.example.holdfast.Repository;
import org.example.holdfast.VerifyReport;

/** Creates an encrypted repository, backs up, lists and verifies with the Java package. */
public final class Minimal {
  private Minimal() {}

  private static void run(String place, String password, String source) throws IOException {
    try (Repository repository = Repository.create(place, new Options().password(password))) {
      repository.backup(source, new Options());
      for (Backup backup : repository.backups()) System.out.println(backup.id() + " " + backup.plainBytes() + " bytes");
      VerifyReport report = repository.verify("latest", new Options().with("verify.level", "full"));
      if (!report.ok()) throw new IOException("the backup is damaged: " + report.faults());
      System.out.println("verified");
    }
  }

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 3) {
      System.err.println("usage: Minimal NEW-REPOSITORY PASSWORD SOURCE");
      System.exit(2);
    }
    try {
      run(arguments[0], arguments[1], arguments[2]);
    } catch (HoldfastException failure) {
      System.err.println(failure.getMessage());
      System.exit(1);
    }
  }
}

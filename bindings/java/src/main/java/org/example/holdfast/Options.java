package org.example.holdfast;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/** The options of a call. One object may serve several calls, one after the other; it is not safe for several threads. */
public final class Options {
  private interface Setting {
    void set(Pointer options) throws HoldfastException;
  }

  private final List<Setting> settings = new ArrayList<>();
  private CancelToken token;
  Consumer<Progress> progress;
  Consumer<Event> events;

  /** Sets an option of the C interface by its key: "backup.compression", "verify.level", "driver.NAME". */
  public Options with(String key, String value) {
    return add(options -> {
      String name = Calls.text(key);
      String text = Calls.text(value);
      Calls.check(err -> Capi.holdfast_options_set_string(options, name, text, err));
    });
  }

  /** An integer. */
  public Options with(String key, long value) {
    return add(options -> {
      String name = Calls.text(key);
      Calls.check(err -> Capi.holdfast_options_set_int64(options, name, value, err));
    });
  }

  /** A switch. */
  public Options with(String key, boolean value) {
    return add(options -> {
      String name = Calls.text(key);
      Calls.check(err -> Capi.holdfast_options_set_bool(options, name, value ? 1 : 0, err));
    });
  }

  /** Whole seconds. */
  public Options with(String key, Duration value) {
    if (value.getNano() != 0) throw new IllegalArgumentException("option " + key + " takes whole seconds, not " + value);
    return with(key, value.getSeconds());
  }

  /** A moment, in microseconds. */
  public Options with(String key, Instant value) {
    return with(key, Calls.microseconds(value));
  }

  /** Adds to a list. */
  public Options with(String key, List<String> values) {
    List<String> copied = List.copyOf(values);
    return add(options -> {
      String name = Calls.text(key);
      for (String each : copied) {
        String text = Calls.text(each);
        Calls.check(err -> Capi.holdfast_options_add_string(options, name, text, err));
      }
    });
  }

  /** A secret: wipe it when the calls with these options are over. */
  public Options with(String key, byte[] secret) {
    Objects.requireNonNull(secret);
    return add(options -> {
      String name = Calls.text(key);
      try (Memory copied = new Memory(Math.max(secret.length, 1))) {
        copied.write(0, secret, 0, secret.length);
        try {
          Calls.check(err -> Capi.holdfast_options_set_bytes(options, name, copied, secret.length, err));
        } finally {
          copied.clear();
        }
      }
    });
  }

  /** The password of the repository. */
  public Options password(String password) {
    return password(password.getBytes(StandardCharsets.UTF_8));
  }

  /** The password of the repository: any bytes, at least one. */
  public Options password(byte[] password) {
    return with("repository.password", password);
  }

  /** The raw key of the repository: 32 bytes. */
  public Options key(byte[] key) {
    return with("repository.key", key);
  }

  /** To create a repository that everyone who can read its storage can read. */
  public Options noEncryption() {
    return with("repository.encryption", "none");
  }

  /** Ends the call soon after the token is cancelled. So does an interrupt of the thread that runs an operation. */
  public Options cancel(CancelToken token) {
    this.token = Objects.requireNonNull(token);
    return this;
  }

  /** Calls it about ten times a second during an operation, and once at its end, on the thread that runs it. */
  public Options onProgress(Consumer<Progress> progress) {
    this.progress = progress;
    return this;
  }

  /** Calls it with each event of an operation, on the thread that runs it. What it throws ends the operation. */
  public Options onEvent(Consumer<Event> events) {
    this.events = events;
    return this;
  }

  private Options add(Setting setting) {
    settings.add(setting);
    return this;
  }

  /** Makes the options of C. */
  Handle open() throws HoldfastException {
    Handle made = new Handle(Calls.made(Capi::holdfast_options_new), Capi::holdfast_options_free, "options");
    try {
      made.use(options -> {
        for (Setting setting : settings) setting.set(options);
        if (token != null) {
          token.handle.use(raw -> {
            Calls.check(err -> Capi.holdfast_options_set_cancel(options, raw, err));
            return null;
          });
        }
        return null;
      });
      return made;
    } catch (HoldfastException | RuntimeException failure) {
      made.close();
      throw failure;
    }
  }
}

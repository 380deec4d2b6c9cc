package org.example.holdfast;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

/** Calls of C, and its texts and times. */
final class Calls {
  private Calls() {}

  interface Call {
    int make(PointerByReference err);
  }

  interface Maker {
    int make(PointerByReference out, PointerByReference err);
  }

  /** Makes a call that can fail, and throws its failure. */
  static void check(Call call) throws HoldfastException {
    PointerByReference err = new PointerByReference();
    int status = call.make(err);
    if (status != Capi.OK) throw failure(status, err);
  }

  static HoldfastException failure(int status, PointerByReference err) {
    Pointer error = err.getValue();
    String message = Capi.holdfast_error_message(error);
    boolean retryable = Capi.holdfast_error_is_retryable(error) != 0;
    Capi.holdfast_error_free(error);
    return new HoldfastException(Code.of(status), message, retryable);
  }

  /** Makes a call that returns a handle. */
  static Pointer made(Maker maker) throws HoldfastException {
    PointerByReference out = new PointerByReference();
    check(err -> maker.make(out, err));
    return out.getValue();
  }

  /** A struct of C: zero, with its size. */
  static Memory struct(int size) {
    Memory memory = new Memory(size);
    memory.clear();
    memory.setInt(0, size);
    return memory;
  }

  /** A text that C can hold. */
  static String text(String text) throws HoldfastException {
    if (Objects.requireNonNull(text).indexOf('\0') >= 0) throw new HoldfastException(Code.INVALID_ARGUMENT, "a text has a NUL");
    return text;
  }

  /** A text for people. */
  static String plain(String text) {
    return String.valueOf(text).replace('\0', ' ');
  }

  /** The text at a pointer; empty for NULL. */
  static String textAt(Pointer at) {
    return at == null ? "" : at.getString(0, "UTF-8");
  }

  /** A time of the library; null is unknown. */
  static Instant time(long microseconds) {
    return microseconds == 0 ? null : Instant.EPOCH.plus(microseconds, ChronoUnit.MICROS);
  }

  static long microseconds(Instant time) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, time);
  }
}

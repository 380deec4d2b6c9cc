package org.example.holdfast;

import java.io.IOException;

/**
 * What a call of the library failed with. The message is one line: what failed, on which object, why, what to do; no
 * secret. The cause is what a source or stream of the host's own failed with. Throw one from a source or storage of your
 * own to give the library its code.
 */
public final class HoldfastException extends IOException {
  private static final long serialVersionUID = 1;
  private final Code code;
  private final boolean retryable;

  /** For a source or storage of your own. */
  public HoldfastException(Code code, String message) {
    this(code, message, false);
  }

  /** The same, with what it failed with. */
  public HoldfastException(Code code, String message, Throwable cause) {
    this(code, message);
    initCause(cause);
  }

  HoldfastException(Code code, String message, boolean retryable) {
    super(message);
    this.code = code;
    this.retryable = retryable;
  }

  /** The kind of failure. */
  public Code code() {
    return code;
  }

  /** Whether a retry may help. */
  public boolean isRetryable() {
    return retryable;
  }
}

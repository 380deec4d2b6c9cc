package org.example.holdfast;

/** The operation that calls a source. Lives during the call; safe for several threads. */
public final class Context {
  private final Handle handle;

  Context(Handle handle) {
    this.handle = handle;
  }

  /** Ask this regularly during long work, and fail soon after it is true. */
  public boolean isCancelled() throws HoldfastException {
    return handle.use(raw -> Capi.holdfast_context_is_cancelled(raw) != 0);
  }

  /** Reports a warning as an event. */
  public void warn(String message, String object) throws HoldfastException {
    handle.use(raw -> {
      Capi.holdfast_context_warn(raw, Calls.plain(message), Calls.plain(object));
      return null;
    });
  }

  /** Reports a line for a log as an event. */
  public void log(String message) throws HoldfastException {
    handle.use(raw -> {
      Capi.holdfast_context_log(raw, Calls.plain(message));
      return null;
    });
  }
}

package org.example.holdfast;

/** Ends calls from outside, from any thread. */
public final class CancelToken implements AutoCloseable {
  final Handle handle;
  private volatile boolean cancelled;

  /** A token that is not cancelled. */
  public CancelToken() throws HoldfastException {
    handle = new Handle(Calls.made(Capi::holdfast_cancel_token_new), Capi::holdfast_cancel_token_free, "token");
  }

  /**
   * Ends all calls with this token soon, with {@link Code#CANCELLED}. Returns at once; can't be undone. Does nothing when it
   * is closed.
   */
  public void cancel() {
    cancelled = true;
    try {
      handle.use(raw -> {
        Capi.holdfast_cancel_token_request(raw);
        return null;
      });
    } catch (HoldfastException closed) {
      // no call has it any more
    }
  }

  /** Whether cancel() was called. */
  public boolean isCancelled() {
    return cancelled;
  }

  /** Calls that have it can't be cancelled by it any more. */
  @Override
  public void close() {
    handle.close();
  }
}

package org.example.holdfast;

/** Ends calls from outside, from any thread. */
public final class CancelToken implements AutoCloseable {
  final Handle handle;

  public CancelToken() throws HoldfastException {
    handle = new Handle(Calls.made(Capi::holdfast_cancel_token_new), Capi::holdfast_cancel_token_free, "token");
  }

  /** Ends all calls with this token soon, with {@link Code#CANCELLED}. Returns at once; can't be undone. */
  public void cancel() throws HoldfastException {
    handle.use(raw -> {
      Capi.holdfast_cancel_token_request(raw);
      return null;
    });
  }

  public boolean isCancelled() throws HoldfastException {
    return handle.use(raw -> Capi.holdfast_cancel_token_is_requested(raw) != 0);
  }

  /** Calls that have it can't be cancelled by it any more. */
  @Override
  public void close() {
    handle.close();
  }
}

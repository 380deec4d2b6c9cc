package org.example.holdfast;

import com.sun.jna.Pointer;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;

/** A handle of the library. close() waits for calls that use it; one that was forgotten is freed some time later. */
final class Handle implements AutoCloseable {
  interface Use<T> {
    T with(Pointer raw) throws HoldfastException;
  }

  private static final Cleaner CLEANER = Cleaner.create();

  private static final class State implements Runnable {
    private Pointer raw;
    private final Consumer<Pointer> free;

    State(Pointer raw, Consumer<Pointer> free) {
      this.raw = raw;
      this.free = free;
    }

    @Override
    public void run() {
      free.accept(raw);
      raw = null;
    }
  }

  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final State state;
  private final Cleaner.Cleanable cleanable;
  private final String what;

  Handle(Pointer raw, Consumer<Pointer> free, String what) {
    this.state = new State(raw, free);
    this.cleanable = CLEANER.register(this, state);
    this.what = what;
  }

  <T> T use(Use<T> use) throws HoldfastException {
    lock.readLock().lock();
    try {
      if (state.raw == null) throw new HoldfastException(Code.INVALID_STATE, "the " + what + " is closed");
      return use.with(state.raw);
    } finally {
      Reference.reachabilityFence(this); // the cleaner waits for the end of the call
      lock.readLock().unlock();
    }
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      cleanable.clean();
    } finally {
      lock.writeLock().unlock();
    }
  }
}

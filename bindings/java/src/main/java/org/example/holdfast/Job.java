package org.example.holdfast;

import com.sun.jna.Callback;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.lang.ref.Reference;

/** Runs a job of the library to its end, on the thread of the caller. */
final class Job {
  interface Start {
    Pointer start(Pointer options) throws HoldfastException;
  }

  interface Result<T> {
    T of(Pointer job) throws HoldfastException;
  }

  private static final long STEP_MILLISECONDS = 100;

  private Job() {}

  static <T> T run(Options settings, Start start, Result<T> result) throws HoldfastException {
    Listener listener = new Listener(settings);
    try (Handle options = settings.open()) {
      Pointer raw = options.use(c -> {
        if (settings.events != null) Calls.check(err -> Capi.holdfast_options_set_events(c, listener, null, null, err));
        return start.start(c);
      });
      try (Handle job = new Handle(raw, Capi::holdfast_job_free, "job")) {
        return job.use(c -> {
          finish(c, settings, listener);
          return result.of(c);
        });
      }
    } finally {
      Reference.reachabilityFence(listener); // the job called it
    }
  }

  private static void finish(Pointer job, Options settings, Listener listener) throws HoldfastException {
    PointerByReference err = new PointerByReference();
    boolean interrupted = false;
    try {
      for (;;) {
        int status = Capi.holdfast_job_step(job, STEP_MILLISECONDS, err);
        if (settings.progress != null) settings.progress.accept(progress(job));
        if (status == Capi.OK) return;
        if (status != Capi.RUNNING) throw listener.explained(Calls.failure(status, err));
        if (Thread.interrupted()) {
          interrupted = true;
          Capi.holdfast_job_cancel(job, null);
        }
      }
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
  }

  private static Progress progress(Pointer job) {
    try (Memory now = Calls.struct(Capi.SIZEOF_PROGRESS)) {
      Capi.holdfast_job_progress(job, now, null);
      return new Progress(now.getLong(Capi.PROGRESS_BYTES_DONE), now.getLong(Capi.PROGRESS_BYTES_TOTAL),
          now.getLong(Capi.PROGRESS_BYTES_STORED), now.getLong(Capi.PROGRESS_ENTRIES_DONE), now.getLong(Capi.PROGRESS_WARNINGS));
    }
  }

  /** What C calls inside a step. An exception must not cross it. */
  private static final class Listener implements Callback {
    private static final Event.Kind[] KINDS = Event.Kind.values();
    private final Options settings;
    private Throwable thrown;

    Listener(Options settings) {
      this.settings = settings;
    }

    @SuppressWarnings("unused") // JNA finds it
    public int callback(Pointer data, Pointer event) {
      try {
        int kind = event.getInt(Capi.EVENT_KIND);
        Pointer record = event.getPointer(Capi.EVENT_RECORD);
        settings.events.accept(new Event(kind < 1 || kind >= KINDS.length ? Event.Kind.OTHER : KINDS[kind - 1],
            Calls.textAt(event.getPointer(Capi.EVENT_MESSAGE)), Calls.textAt(event.getPointer(Capi.EVENT_OBJECT)),
            record == null ? null : Calls.textAt(record)));
        return Capi.OK;
      } catch (Throwable failure) {
        thrown = failure;
        return Capi.E_CANCELLED;
      }
    }

    HoldfastException explained(HoldfastException failure) {
      if (thrown instanceof RuntimeException mine) throw mine;
      if (thrown instanceof Error mine) throw mine;
      if (thrown != null) failure.initCause(thrown); // a checked exception that another language let through
      return failure;
    }
  }
}

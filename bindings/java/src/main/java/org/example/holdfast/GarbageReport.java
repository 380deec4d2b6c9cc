package org.example.holdfast;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

/** What a garbage collection did; see docs/command.md. */
public record GarbageReport(long backups, long markedPacks, long markedBytes, long removedPacks, long removedBytes, long leftovers,
    long waiting, long copiedChunks) {
  static GarbageReport ofJob(Pointer job) throws HoldfastException {
    try (Memory raw = Calls.struct(Capi.SIZEOF_GARBAGE_REPORT)) {
      Calls.check(err -> Capi.holdfast_job_garbage_report(job, raw, err));
      return new GarbageReport(raw.getLong(Capi.GARBAGE_REPORT_BACKUPS), raw.getLong(Capi.GARBAGE_REPORT_MARKED_PACKS),
          raw.getLong(Capi.GARBAGE_REPORT_MARKED_BYTES), raw.getLong(Capi.GARBAGE_REPORT_REMOVED_PACKS),
          raw.getLong(Capi.GARBAGE_REPORT_REMOVED_BYTES), raw.getLong(Capi.GARBAGE_REPORT_LEFTOVERS),
          raw.getLong(Capi.GARBAGE_REPORT_WAITING), raw.getLong(Capi.GARBAGE_REPORT_COPIED_CHUNKS));
    }
  }
}

package org.example.holdfast;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;

/** The result of a restore: `leftOut` are objects that could not be brought back as they were. They cost no other object. */
public record RestoreReport(String where, long entries, long bytes, long tables, long rows, List<LeftOut> leftOut) {
  /** The statement may be empty; `instead` is what was restored in its place, empty is nothing. */
  public record LeftOut(String object, String statement, String reason, String instead) {}

  static RestoreReport ofJob(Pointer job) throws HoldfastException {
    try (Memory raw = Calls.struct(Capi.SIZEOF_RESTORE_REPORT); Memory item = Calls.struct(Capi.SIZEOF_LEFT_OUT)) {
      Calls.check(err -> Capi.holdfast_job_restore_report(job, raw, err));
      List<LeftOut> leftOut = new ArrayList<>();
      for (long i = 0; i < Capi.holdfast_job_left_out_count(job); ++i) {
        long index = i;
        Calls.check(err -> Capi.holdfast_job_left_out(job, index, item, err));
        leftOut.add(new LeftOut(text(item, Capi.LEFT_OUT_OBJECT), text(item, Capi.LEFT_OUT_STATEMENT), text(item, Capi.LEFT_OUT_REASON),
            text(item, Capi.LEFT_OUT_INSTEAD)));
      }
      return new RestoreReport(text(raw, Capi.RESTORE_REPORT_WHERE), raw.getLong(Capi.RESTORE_REPORT_ENTRIES),
          raw.getLong(Capi.RESTORE_REPORT_BYTES), raw.getLong(Capi.RESTORE_REPORT_TABLES), raw.getLong(Capi.RESTORE_REPORT_ROWS), leftOut);
    }
  }

  private static String text(Memory of, int offset) {
    return Calls.textAt(of.getPointer(offset));
  }
}

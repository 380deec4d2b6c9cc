package org.example.holdfast;

import com.sun.jna.Pointer;
import java.util.List;
import java.util.stream.LongStream;

/** Says which backups rules keep, and why. */
public record Plan(List<Decision> decisions, long removed, long freedBytes) {
  /** What a plan does with one backup, and why. */
  public record Decision(Backup backup, boolean keep, List<String> reasons) {}

  /** Copies a plan, and frees it. */
  static Plan taken(Pointer raw) {
    try {
      List<Decision> decisions = LongStream.range(0, Capi.holdfast_retention_plan_count(raw)).mapToObj(i -> decision(raw, i)).toList();
      return new Plan(decisions, Capi.holdfast_retention_plan_removed(raw), Capi.holdfast_retention_plan_freed_bytes(raw));
    } finally {
      Capi.holdfast_retention_plan_free(raw);
    }
  }

  private static Decision decision(Pointer raw, long i) {
    List<String> reasons = LongStream.range(0, Capi.holdfast_retention_plan_reason_count(raw, i))
        .mapToObj(reason -> Capi.holdfast_retention_plan_reason(raw, i, reason)).toList();
    return new Decision(Backup.of(Capi.holdfast_retention_plan_backup(raw, i)), Capi.holdfast_retention_plan_keeps(raw, i) != 0, reasons);
  }
}

package org.example.holdfast;

import com.sun.jna.Pointer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * The result of a verification: damage is no exception of the call.
 *
 * @param backup its id; empty for the repository's own objects
 * @param ok no fault, and every query succeeded
 * @param level reached by this run
 * @param counts what a proof compared: "tables", "rows"
 * @param where "a scratch PostgreSQL 15.18"
 */
public record VerifyReport(String backup, boolean ok, Level level, long objects, long bytes, Map<String, Long> counts, String where,
    List<Fault> faults, List<Query> queries) {
  /** Damage that was found. */
  public record Fault(String object, String what) {}

  /** A query on restored data: its result, or why it failed. */
  public record Query(boolean ok, String result) {}

  static VerifyReport of(Pointer raw) {
    Map<String, Long> counts = new TreeMap<>();
    for (long i = 0; Capi.holdfast_verify_report_count_name(raw, i) != null; ++i) {
      String name = Capi.holdfast_verify_report_count_name(raw, i);
      counts.put(name, Capi.holdfast_verify_report_count(raw, name));
    }
    List<Fault> faults = LongStream.range(0, Capi.holdfast_verify_report_fault_count(raw))
        .mapToObj(i -> new Fault(Capi.holdfast_verify_report_fault_object(raw, i), Capi.holdfast_verify_report_fault_text(raw, i))).toList();
    List<Query> queries = LongStream.range(0, Capi.holdfast_verify_report_query_count(raw))
        .mapToObj(i -> new Query(Capi.holdfast_verify_report_query_ok(raw, i) != 0, Capi.holdfast_verify_report_query_result(raw, i))).toList();
    return new VerifyReport(Capi.holdfast_verify_report_backup(raw), Capi.holdfast_verify_report_ok(raw) != 0,
        Level.of(Capi.holdfast_verify_report_level(raw)), Capi.holdfast_verify_report_objects(raw), Capi.holdfast_verify_report_bytes(raw),
        counts, Capi.holdfast_verify_report_where(raw), faults, queries);
  }

  static VerifyReport ofJob(Pointer job) throws HoldfastException {
    Pointer raw = Calls.made((out, err) -> Capi.holdfast_job_verify_report(out, job, err));
    try {
      return of(raw);
    } finally {
      Capi.holdfast_verify_report_free(raw);
    }
  }

  static List<VerifyReport> allOfJob(Pointer job) throws HoldfastException {
    Pointer raw = Calls.made((out, err) -> Capi.holdfast_job_verify_list(out, job, err));
    try {
      return LongStream.range(0, Capi.holdfast_verify_list_count(raw)).mapToObj(i -> of(Capi.holdfast_verify_list_at(raw, i))).toList();
    } finally {
      Capi.holdfast_verify_list_free(raw);
    }
  }
}

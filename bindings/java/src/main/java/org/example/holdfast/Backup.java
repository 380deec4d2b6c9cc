package org.example.holdfast;

import com.sun.jna.Pointer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * One backup of a listing.
 *
 * @param time when it began; null if it is damaged
 * @param level the best proof on record
 * @param damage not empty: why it can't be read; only the id of such a backup is known
 */
public record Backup(String id, Instant time, Instant finished, List<SourceRecord> sources, Map<String, String> tags, long entries,
    long plainBytes, long storedBytes, Level level, Instant proven, String damage) {
  static Backup of(Pointer raw) {
    List<SourceRecord> sources = LongStream.range(0, Capi.holdfast_backup_source_count(raw))
        .mapToObj(i -> SourceRecord.of(Capi.holdfast_backup_source(raw, i))).toList();
    return new Backup(Capi.holdfast_backup_id(raw), Calls.time(Capi.holdfast_backup_time(raw)), Calls.time(Capi.holdfast_backup_finished(raw)),
        sources, SourceRecord.notes(Capi.holdfast_backup_tags(raw)), Capi.holdfast_backup_entries(raw), Capi.holdfast_backup_plain_bytes(raw),
        Capi.holdfast_backup_stored_bytes(raw), Level.of(Capi.holdfast_backup_level(raw)), Calls.time(Capi.holdfast_backup_proven(raw)),
        Capi.holdfast_backup_damage(raw));
  }

  static Backup ofJob(Pointer job) throws HoldfastException {
    return taken(Calls.made((out, err) -> Capi.holdfast_job_backup(out, job, err)));
  }

  /** Copies a backup, and frees it. */
  static Backup taken(Pointer raw) {
    try {
      return of(raw);
    } finally {
      Capi.holdfast_backup_free(raw);
    }
  }
}

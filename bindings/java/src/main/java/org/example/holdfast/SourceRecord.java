package org.example.holdfast;

import com.sun.jna.Pointer;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/** One source of a backup: what was read, from where, and when; the snapshot time may be null. */
public record SourceRecord(String uri, String driver, String name, Instant snapshotTime, Map<String, String> notes) {
  static SourceRecord of(Pointer raw) {
    return new SourceRecord(Capi.holdfast_source_record_uri(raw), Capi.holdfast_source_record_driver(raw), Capi.holdfast_source_record_name(raw),
        Calls.time(Capi.holdfast_source_record_instant(raw)), notes(Capi.holdfast_source_record_notes(raw)));
  }

  static Map<String, String> notes(Pointer raw) {
    Map<String, String> notes = new TreeMap<>();
    for (long i = 0; i < Capi.holdfast_notes_count(raw); ++i) notes.put(Capi.holdfast_notes_key(raw, i), Capi.holdfast_notes_value(raw, i));
    return notes;
  }
}

package org.example.holdfast;

import com.sun.jna.Pointer;
import java.util.Map;

/** One named stream of a backup; `source` is the number of its source. */
public record Entry(String name, String kind, long source, long plainBytes, String contentHash, Map<String, String> attributes) {
  static Entry of(Pointer raw) {
    return new Entry(Capi.holdfast_entry_name(raw), Capi.holdfast_entry_kind(raw), Capi.holdfast_entry_source(raw),
        Capi.holdfast_entry_plain_bytes(raw), Capi.holdfast_entry_content_hash(raw), SourceRecord.notes(Capi.holdfast_entry_attributes(raw)));
  }
}

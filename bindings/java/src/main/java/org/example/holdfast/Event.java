package org.example.holdfast;

/**
 * What happened during an operation.
 *
 * @param message for people: one line
 * @param object the table, file or object that it is about; may be empty
 * @param record of BEGUN and ENDED: the operation's record as JSON, described in docs/embedding.md; else null
 */
public record Event(Kind kind, String message, String object, String record) {
  /** What happened; OTHER is a kind that this package does not know. */
  public enum Kind { PHASE, PROGRESS, ENTRY_STARTED, ENTRY_FINISHED, WARNING, LOG, BEGUN, ENDED, OTHER }
}

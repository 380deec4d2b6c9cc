package org.example.holdfast;

/** How well a backup is proven. */
public enum Level {
  /** Its objects are there. */
  STORED,
  /** Every byte was read and is right. */
  CHECKSUMMED,
  /** It was restored. */
  RESTORED,
  /** It was restored, and its content is what was backed up. */
  CONTENT_EQUAL;

  /** A level that this package does not know counts as none. */
  static Level of(int level) {
    return level < 0 || level >= values().length ? STORED : values()[level];
  }
}

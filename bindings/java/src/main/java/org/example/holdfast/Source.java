package org.example.holdfast;

/** Data of the host's own. Both methods are called on one thread of the library. */
public interface Source {
  /** Tells what will be read, without reading it. Fails early for problems that would fail later. */
  SourceInfo describe() throws Exception;

  /**
   * Creates and commits all entries, as of one moment. After an exception there is no backup. Threads that end before it
   * returns may write entries, too.
   */
  void backup(Entries out, Context context) throws Exception;
}

package org.example.holdfast;

/** How far an operation is: plain bytes; the total is an estimate, 0 is unknown. */
public record Progress(long bytesDone, long bytesTotal, long bytesStored, long entriesDone, long warnings) {}

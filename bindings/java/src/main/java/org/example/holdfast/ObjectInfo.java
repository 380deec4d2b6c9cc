package org.example.holdfast;

import java.time.Instant;

/** Describes an object of a storage; the time is by the storage's clock, null is unknown. */
public record ObjectInfo(String name, long size, Instant modified) {}

package org.example.holdfast;

/**
 * Describes a source for people and for retention.
 *
 * @param uri "app:notes", without secrets; backups of the same URIs are a series
 * @param sizeEstimate bytes, for progress; 0 is unknown
 */
public record SourceInfo(String uri, String name, long sizeEstimate) {}

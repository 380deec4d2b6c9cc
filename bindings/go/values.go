package holdfast

import "time"

// Backup is one line of a listing.
type Backup struct {
	ID          string            `json:"id"`
	Time        time.Time         `json:"time"` // when it began
	Finished    time.Time         `json:"finished"`
	Sources     []SourceRecord    `json:"sources"`
	Tags        map[string]string `json:"tags"`
	Entries     uint64            `json:"entries"`
	SizeBytes   uint64            `json:"size_bytes"` // plain
	StoredBytes uint64            `json:"stored_bytes"`
	Level       string            `json:"level"`  // the best proof on record: "stored", "checksummed", "restored", "content-equal"
	Proven      time.Time         `json:"proven"` // zero = never
	Damage      string            `json:"damage"` // not empty: why it can't be read
}

// SourceRecord is one source of a backup: what was read, from where, and when.
type SourceRecord struct {
	URI     string            `json:"uri"`
	Driver  string            `json:"driver"`
	Name    string            `json:"name"`
	Instant time.Time         `json:"instant"` // snapshot time of the data
	Notes   map[string]string `json:"notes"`
}

// EntryInfo describes one named stream of a backup.
type EntryInfo struct {
	Name        string            `json:"name"`
	Kind        string            `json:"kind"`
	Source      int               `json:"source"`
	SizeBytes   int64             `json:"size_bytes"`
	ContentHash string            `json:"content_hash"`
	Transforms  []string          `json:"transforms"`
	Attributes  map[string]string `json:"attributes"`
}

// Fault is damage that a verification found.
type Fault struct {
	Object string `json:"object"`
	What   string `json:"what"`
}

// VerifyReport is the result of a verification: damage is no error of the call.
type VerifyReport struct {
	Backup  string  `json:"backup"`
	OK      bool    `json:"ok"` // no fault, and every query succeeded
	Level   string  `json:"level"`
	Objects uint64  `json:"objects"`
	Bytes   uint64  `json:"bytes"`
	Faults  []Fault `json:"faults"`
	Proof   *Proof  `json:"proof"` // of level restore; else nil
}

// Proof is what a verification at level restore found out.
type Proof struct {
	Level  string            `json:"level"` // reached: "restored", "content-equal"
	Where  string            `json:"where"` // for people: "a scratch PostgreSQL 15.18"
	Counts map[string]uint64 `json:"counts"`
	Faults []Fault           `json:"faults"`
}

// Plan says which backups rules keep, and why.
type Plan struct {
	Removed    uint64     `json:"removed"`
	FreedBytes uint64     `json:"freed_bytes"`
	Decisions  []Decision `json:"decisions"`
}

// Decision is what a plan does with one backup.
type Decision struct {
	Backup  string   `json:"backup"`
	Action  string   `json:"action"` // "keep" or "remove"
	Reasons []string `json:"reasons"`
}

// RestoreReport is the result of a restore.
type RestoreReport struct {
	Where    string            `json:"where"`
	Entries  uint64            `json:"entries"`
	Bytes    uint64            `json:"bytes"`
	Counts   map[string]uint64 `json:"counts"`
	Warnings []string          `json:"warnings"`
	LeftOut  []LeftOut         `json:"left_out"`
}

// LeftOut is an object that a restore could not bring back as it was. It cost no other object.
type LeftOut struct {
	Object    string `json:"object"`
	Statement string `json:"statement"`
	Reason    string `json:"reason"`
	Instead   string `json:"instead"` // what was restored in its place; empty = nothing
}

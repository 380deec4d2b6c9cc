//! Copies what the library returns.

use std::collections::BTreeMap;

use crate::handle::{check, copied, empty, text, time};
use crate::values::{
    Backup, Decision, Fault, GarbageReport, LeftOut, Level, Plan, Query, RestoreReport, SourceRecord, VerifyReport,
};
use crate::{Result, sys};

impl Level {
    /// A level that this crate does not know counts as none.
    fn of(level: i32) -> Self {
        match level {
            sys::HOLDFAST_LEVEL_CHECKSUMMED => Level::Checksummed,
            sys::HOLDFAST_LEVEL_RESTORED => Level::Restored,
            sys::HOLDFAST_LEVEL_CONTENT_EQUAL => Level::ContentEqual,
            _ => Level::Stored,
        }
    }
}

/// Metadata of the library as a map.
///
/// # Safety
/// `notes` lives.
pub(crate) unsafe fn notes(notes: *const sys::holdfast_notes) -> BTreeMap<String, String> {
    let pair =
        |index| unsafe { (text(sys::holdfast_notes_key(notes, index)), text(sys::holdfast_notes_value(notes, index))) };
    (0..unsafe { sys::holdfast_notes_count(notes) }).map(pair).collect()
}

impl SourceRecord {
    /// # Safety
    /// `raw` lives.
    pub(crate) unsafe fn of(raw: *const sys::holdfast_source_record) -> Self {
        unsafe {
            SourceRecord {
                uri: text(sys::holdfast_source_record_uri(raw)),
                driver: text(sys::holdfast_source_record_driver(raw)),
                name: text(sys::holdfast_source_record_name(raw)),
                snapshot_time: time(sys::holdfast_source_record_instant(raw)),
                notes: notes(sys::holdfast_source_record_notes(raw)),
            }
        }
    }
}

impl Backup {
    /// # Safety
    /// `raw` lives.
    pub(crate) unsafe fn of(raw: *const sys::holdfast_backup) -> Self {
        unsafe {
            let sources = 0..sys::holdfast_backup_source_count(raw);
            let damage = text(sys::holdfast_backup_damage(raw));
            Backup {
                id: text(sys::holdfast_backup_id(raw)),
                time: time(sys::holdfast_backup_time(raw)),
                finished: time(sys::holdfast_backup_finished(raw)),
                sources: sources.map(|index| SourceRecord::of(sys::holdfast_backup_source(raw, index))).collect(),
                tags: notes(sys::holdfast_backup_tags(raw)),
                entries: sys::holdfast_backup_entries(raw),
                plain_bytes: sys::holdfast_backup_plain_bytes(raw),
                stored_bytes: sys::holdfast_backup_stored_bytes(raw),
                level: Level::of(sys::holdfast_backup_level(raw)),
                proven: time(sys::holdfast_backup_proven(raw)),
                damage: (!damage.is_empty()).then_some(damage),
            }
        }
    }

    pub(crate) fn of_job(job: *const sys::holdfast_job) -> Result<Self> {
        let made = |out, err| unsafe { sys::holdfast_job_backup(out, job, err) };
        copied(sys::holdfast_backup_free, made, Backup::of)
    }

    /// # Safety
    /// `list` lives.
    pub(crate) unsafe fn all(list: *const sys::holdfast_backup_list) -> Vec<Self> {
        let count = unsafe { sys::holdfast_backup_list_count(list) };
        (0..count).map(|index| unsafe { Backup::of(sys::holdfast_backup_list_at(list, index)) }).collect()
    }
}

impl VerifyReport {
    /// # Safety
    /// `raw` lives.
    pub(crate) unsafe fn of(raw: *const sys::holdfast_verify_report) -> Self {
        unsafe {
            let fault = |index| Fault {
                object: text(sys::holdfast_verify_report_fault_object(raw, index)),
                what: text(sys::holdfast_verify_report_fault_text(raw, index)),
            };
            let query = |index| Query {
                ok: sys::holdfast_verify_report_query_ok(raw, index) != 0,
                result: text(sys::holdfast_verify_report_query_result(raw, index)),
            };
            let names = (0..).map(|index| sys::holdfast_verify_report_count_name(raw, index));
            let count = |name| (text(name), sys::holdfast_verify_report_count(raw, name));
            VerifyReport {
                backup: text(sys::holdfast_verify_report_backup(raw)),
                ok: sys::holdfast_verify_report_ok(raw) != 0,
                level: Level::of(sys::holdfast_verify_report_level(raw)),
                objects: sys::holdfast_verify_report_objects(raw),
                bytes: sys::holdfast_verify_report_bytes(raw),
                counts: names.take_while(|name| !name.is_null()).map(count).collect(),
                place: text(sys::holdfast_verify_report_where(raw)),
                faults: (0..sys::holdfast_verify_report_fault_count(raw)).map(fault).collect(),
                queries: (0..sys::holdfast_verify_report_query_count(raw)).map(query).collect(),
            }
        }
    }

    pub(crate) fn of_job(job: *const sys::holdfast_job) -> Result<Self> {
        let made = |out, err| unsafe { sys::holdfast_job_verify_report(out, job, err) };
        copied(sys::holdfast_verify_report_free, made, VerifyReport::of)
    }

    pub(crate) fn all_of_job(job: *const sys::holdfast_job) -> Result<Vec<Self>> {
        let made = |out, err| unsafe { sys::holdfast_job_verify_list(out, job, err) };
        copied(sys::holdfast_verify_list_free, made, VerifyReport::all)
    }

    /// # Safety
    /// `list` lives.
    unsafe fn all(list: *const sys::holdfast_verify_list) -> Vec<Self> {
        let count = unsafe { sys::holdfast_verify_list_count(list) };
        (0..count).map(|index| unsafe { VerifyReport::of(sys::holdfast_verify_list_at(list, index)) }).collect()
    }
}

impl Plan {
    /// # Safety
    /// `raw` lives.
    pub(crate) unsafe fn of(raw: *const sys::holdfast_retention_plan) -> Self {
        unsafe {
            let reasons = |index| {
                let all = 0..sys::holdfast_retention_plan_reason_count(raw, index);
                all.map(|reason| text(sys::holdfast_retention_plan_reason(raw, index, reason))).collect()
            };
            let decision = |index| Decision {
                backup: Backup::of(sys::holdfast_retention_plan_backup(raw, index)),
                keep: sys::holdfast_retention_plan_keeps(raw, index) != 0,
                reasons: reasons(index),
            };
            Plan {
                decisions: (0..sys::holdfast_retention_plan_count(raw)).map(decision).collect(),
                removed: sys::holdfast_retention_plan_removed(raw),
                freed_bytes: sys::holdfast_retention_plan_freed_bytes(raw),
            }
        }
    }

    pub(crate) fn of_job(job: *const sys::holdfast_job) -> Result<Self> {
        let made = |out, err| unsafe { sys::holdfast_job_retention_plan(out, job, err) };
        copied(sys::holdfast_retention_plan_free, made, Plan::of)
    }
}

impl RestoreReport {
    pub(crate) fn of_job(job: *const sys::holdfast_job) -> Result<Self> {
        let mut raw = empty!(holdfast_restore_report);
        check(|err| unsafe { sys::holdfast_job_restore_report(job, &mut raw, err) })?;
        let count = unsafe { sys::holdfast_job_left_out_count(job) };
        Ok(RestoreReport {
            place: unsafe { text(raw.r#where) },
            entries: raw.entries,
            bytes: raw.bytes,
            tables: raw.tables,
            rows: raw.rows,
            left_out: (0..count).map(|index| LeftOut::of(job, index)).collect::<Result<_>>()?,
        })
    }
}

impl LeftOut {
    fn of(job: *const sys::holdfast_job, index: usize) -> Result<Self> {
        let mut raw = empty!(holdfast_left_out);
        check(|err| unsafe { sys::holdfast_job_left_out(job, index, &mut raw, err) })?;
        // SAFETY: the texts live as long as the job.
        unsafe {
            Ok(LeftOut {
                object: text(raw.object),
                statement: text(raw.statement),
                reason: text(raw.reason),
                instead: text(raw.instead),
            })
        }
    }
}

impl GarbageReport {
    pub(crate) fn of_job(job: *const sys::holdfast_job) -> Result<Self> {
        let mut raw = empty!(holdfast_garbage_report);
        check(|err| unsafe { sys::holdfast_job_garbage_report(job, &mut raw, err) })?;
        Ok(GarbageReport {
            backups: raw.backups,
            marked_packs: raw.marked_packs,
            marked_bytes: raw.marked_bytes,
            removed_packs: raw.removed_packs,
            removed_bytes: raw.removed_bytes,
            leftovers: raw.leftovers,
            waiting: raw.waiting,
            copied_chunks: raw.copied_chunks,
        })
    }
}

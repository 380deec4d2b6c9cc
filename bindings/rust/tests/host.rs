//! What a host of the library must be able to do.

mod support;

use std::collections::BTreeMap;
use std::error::Error as _;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use holdfast::{
    BackupView, CancelToken, Code, EntryReader, Error, EventKind, HostResult, Level, Repository, Session, Value,
    option_keys, version,
};
use support::{Folder, KEY, Notes, Shelf, nothing, read};

#[track_caller]
fn fails<T>(done: holdfast::Result<T>, code: Code) -> Error {
    let error = done.err().expect("it fails");
    assert_eq!(error.code(), code, "{error}");
    assert!(!error.to_string().is_empty());
    error
}

fn count(repository: &Repository) -> usize {
    repository.backups().run().unwrap().len()
}

#[test]
fn backs_up_proves_restores_and_expires() {
    let place = Folder::new();
    let repository = place.repository();
    std::fs::create_dir(place.path("data")).unwrap();
    std::fs::write(place.path("data/note"), "remember").unwrap();
    let source = format!("dir://{}", place.path("data"));
    let backup = repository.backup(&source).with("backup.tag.env", "test").run().unwrap();
    assert_eq!(backup.tags["env"], "test");
    assert_eq!(backup.sources[0].driver, "files");
    assert!(backup.time.unwrap().elapsed().unwrap() < Duration::from_secs(3600));
    assert_eq!((backup.level, &backup.damage), (Level::Stored, &None));

    let report = repository.verify("latest").with("verify.level", "restore").run().unwrap();
    assert!(report.ok && report.level == Level::ContentEqual && report.faults.is_empty(), "{report:?}");
    assert!(!report.place.is_empty(), "{report:?}");
    let found = repository.find(&backup.id).run().unwrap();
    assert!(found.level == Level::ContentEqual && found.proven.is_some(), "{found:?}");

    let done = repository.restore(&backup.id, &format!("dir://{}", place.path("restored"))).run().unwrap();
    assert_eq!(read(place.path("restored/note")), "remember");
    assert!(done.left_out.is_empty() && !done.place.is_empty() && done.entries > 0, "{done:?}");

    let all = repository.verify_all().with("verify.level", "full").run().unwrap();
    assert!(all.len() == 2 && all.iter().all(|report| report.ok), "{all:?}");
    let planned = repository.plan().with("expire.keep_last", 1).run().unwrap();
    let plan = repository.expire().with("expire.keep_last", 1).run().unwrap();
    assert_eq!(planned, plan);
    assert!(plan.removed == 0 && plan.decisions[0].keep && !plan.decisions[0].reasons.is_empty(), "{plan:?}");
    repository.remove(&backup.id).run().unwrap();
    assert_eq!(count(&repository), 0);
    let freed = repository.collect_garbage().with("gc.grace", Duration::ZERO).run().unwrap();
    assert_eq!(freed.backups, 1);
}

#[test]
fn progress_and_events_are_told() {
    let place = Folder::new();
    let (mut last, mut heard) = (None, Vec::new());
    place
        .repository()
        .backup("exec:seq 1 200000")
        .on_progress(|now| last = Some(now.clone()))
        .on_event(|event| heard.push((event.kind, event.record.map(str::to_string))))
        .run()
        .unwrap();
    let last = last.unwrap();
    assert_eq!((last.bytes_done, last.entries_done), (1288895, 1));
    assert!(last.bytes_stored > 0);
    assert_eq!(heard.first().unwrap().0, EventKind::Begun);
    let (_, record) = heard.iter().find(|(kind, _)| *kind == EventKind::Ended).unwrap();
    assert!(record.as_ref().unwrap().contains("\"outcome\":\"succeeded\""));
}

#[test]
fn a_token_ends_calls() {
    let place = Folder::new();
    let repository = place.repository();
    let stop = CancelToken::new();
    let endless = repository.backup("exec:yes").cancel(&stop).on_progress(|now| {
        if now.bytes_done > 0 {
            stop.cancel();
        }
    });
    fails(endless.run(), Code::Cancelled);
    assert!(stop.is_cancelled());
    fails(repository.backup("exec:yes").cancel(&stop).run(), Code::Cancelled);

    let other = CancelToken::default();
    std::thread::scope(|threads| {
        threads.spawn(|| {
            std::thread::sleep(Duration::from_millis(50));
            other.clone().cancel();
        });
        fails(repository.backup("exec:sleep 1000").cancel(&other).run(), Code::Cancelled);
    });
    assert_eq!(count(&repository), 0);
}

#[test]
fn panics_of_closures_end_the_operation() {
    let place = Folder::new();
    let repository = place.repository();
    let calls = [
        repository.backup("exec:yes").on_event(|_| panic!("oh")),
        repository.backup("exec:yes").on_progress(|_| panic!("oh")),
    ];
    for call in calls {
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| call.run())).unwrap_err();
        assert_eq!(panicked.downcast_ref(), Some(&"oh"));
    }
    assert_eq!(count(&repository), 0);
}

#[test]
fn errors_have_codes() {
    let place = Folder::new();
    let at = place.path("repository");
    fails(Repository::open(&at).key(KEY).run(), Code::NotFound);
    fails(Repository::create(&at).run(), Code::InvalidArgument);
    fails(Repository::create(&at).password("").run(), Code::InvalidArgument);
    let repository = Repository::create(&at).password("correct horse").run().unwrap();
    fails(Repository::create(&at).key(KEY).run(), Code::AlreadyExists);
    fails(Repository::open(&at).password("wrong").run(), Code::WrongKey);
    let wrong: [(&str, Value); 8] = [
        ("backup.keep_last", 1.into()),
        ("limits.jobs", "many".into()),
        ("limits.jobs", (1_i64 << 40).into()),
        ("backup.compression", "zip".into()),
        ("backup.include", ["fine", "a\0b"].into()),
        ("gc.grace", Duration::from_millis(1500).into()),
        ("backup.unreadable", vec![1_u8].into()),
        ("a\0b", true.into()),
    ];
    for (key, value) in wrong {
        let told = format!("{value:?}");
        let error = fails(
            repository.backup("exec:true").with(key, value).with("backup.tag.a", "b").run(),
            Code::InvalidArgument,
        );
        assert!(!error.is_retryable(), "{key} {told}");
    }
    let value = String::from("of a variable");
    let told = fails(repository.backup("exec:tr\0ue").with("backup.tag.a", &value).run(), Code::InvalidArgument);
    assert!(!told.to_string().contains("ue"), "a text that can't be given may be a secret: {told}");
    fails(repository.find("nothing").run(), Code::NotFound);
    fails(repository.backup("exec:false").run(), Code::Source);
    assert_eq!(count(&repository), 0);
    assert_eq!(Code::WrongKey.to_string(), "wrong_key");
    assert_eq!(io::Error::from(Error::new(Code::NotFound, "gone")).kind(), io::ErrorKind::NotFound);
    assert!(!version().is_empty() && option_keys().len() > 60);
    assert_eq!(format!("{:?}", Value::from(vec![1_u8])), "(secret)");
    drop(repository);
    let plain = Repository::create(&place.path("plain")).no_encryption().run().unwrap();
    assert!(!plain.is_encrypted() && plain.uri().ends_with("/plain"));
}

#[test]
fn a_source_of_ones_own() {
    let place = Folder::new();
    let repository = place.repository();
    let mut mine = Notes::new([("a", "1")], |_, _| Err(io::Error::other("mine").into()));
    let error = fails(repository.backup_source(&mut mine).run(), Code::Io);
    assert_eq!(error.source().unwrap().to_string(), "mine");
    let mut panics = Notes::new([("a", "1")], |_, _| panic!("oh"));
    let error = fails(repository.backup_source(&mut panics).run(), Code::Internal);
    assert!(error.to_string().contains("panic: oh"), "{error}");
    let mut forgets = Notes::new([], |out, _| {
        let _ = out.create("forgotten").run()?;
        Ok(())
    });
    fails(repository.backup_source(&mut forgets).run(), Code::InvalidState);
    let mut coded = Notes::new([], |_, _| Err(Error::new(Code::Unauthenticated, "who are you").into()));
    fails(repository.backup_source(&mut coded).run(), Code::Unauthenticated);
    assert_eq!(count(&repository), 0);

    let mut warned = 0;
    let mut good: Box<dyn holdfast::Source> = Box::new(Notes::new([("a", "1"), ("b/c", "two")], |out, context| {
        out.note("by", "me")?;
        out.set_snapshot_time(SystemTime::UNIX_EPOCH + Duration::from_secs(86400))?;
        context.warn("odd", "a");
        context.log("done");
        Ok(())
    }));
    let call = repository.backup_source(&mut good);
    let backup = call
        .on_event(|event| warned += i32::from(event.kind == EventKind::Warning && event.object == "a"))
        .run()
        .unwrap();
    assert_eq!((backup.entries, backup.plain_bytes, warned), (2, 4, 1));
    assert_eq!((&*backup.sources[0].uri, &*backup.sources[0].notes["by"]), ("app:notes", "me"));
    assert_eq!(backup.sources[0].snapshot_time, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(86400)));
}

#[test]
fn a_source_can_stop() {
    let place = Folder::new();
    let stop = CancelToken::new();
    let mut waits = Notes::new([], |_, context| {
        stop.cancel();
        while !context.is_cancelled() {
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(Error::new(Code::Cancelled, "stopped").into())
    });
    fails(place.repository().backup_source(&mut waits).cancel(&stop).run(), Code::Cancelled);
}

#[test]
fn a_session() {
    let place = Folder::new();
    let repository = place.repository();
    let session = repository.begin().run().unwrap();
    let entries = session.add_source("app:notes", "notes").unwrap();
    let mut entry = entries.create("a").with("entry.attribute.by", "me").run().unwrap();
    entry.write_all(b"text").unwrap();
    entry.note("more", "yes").unwrap();
    entry.commit().unwrap();
    std::thread::scope(|threads| {
        threads.spawn(move || entries.create("b").run().unwrap().abort().unwrap());
    });
    let backup = session.commit().unwrap();
    let view = repository.view(&backup.id).run().unwrap();
    let all: Vec<_> = view.entries().collect();
    assert_eq!((all.len(), &*all[0].name, &*all[0].attributes["by"], all[0].plain_bytes), (1, "a", "me", 4));
    assert_eq!(all[0].attributes["more"], "yes");

    let unfinished = repository.begin().run().unwrap();
    let _ = unfinished.add_source("app:notes", "notes").unwrap().create("a").run().unwrap();
    fails(unfinished.commit(), Code::InvalidState);
    drop(repository.begin().run().unwrap());
    assert_eq!(count(&repository), 1);
}

#[test]
fn a_backup_is_read() {
    let place = Folder::new();
    let repository = place.repository();
    let mut source = Notes::new([("a", "1"), ("b/c", "two"), ("", "no name")], nothing);
    source.0.insert("large".into(), "x".repeat(3_000_000));
    source.0.remove("");
    let backup = repository.backup_source(&mut source).run().unwrap();
    let view = repository.view("latest").run().unwrap();
    drop(repository);
    assert_eq!((view.id(), view.sources().len()), (backup.id, 1));
    for (name, wanted) in &source.0 {
        let mut text = String::new();
        assert_eq!(view.read(0, name).unwrap().read(&mut []).unwrap(), 0);
        view.read(0, name).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(&text, wanted);
    }
    fails(view.read(0, "x"), Code::NotFound);
    fails(view.read(1, "a"), Code::NotFound);
}

struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::new(io::ErrorKind::StorageFull, "mine"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_export_is_a_stream() {
    let place = Folder::new();
    let repository = place.repository();
    repository.backup("exec:echo hello").run().unwrap();
    let mut out = Vec::new();
    repository.export("latest", 0, &mut out).run().unwrap();
    assert_eq!(out, b"hello\n");
    let error = fails(repository.export("latest", 0, &mut Full).run(), Code::NoSpace);
    assert_eq!(error.source().unwrap().to_string(), "mine");
}

#[test]
fn a_storage_of_ones_own() {
    let storage = Arc::new(Shelf::default());
    let repository = Repository::create_on(storage.clone()).key(KEY).run().unwrap();
    repository.backup("exec:seq 1 200000").run().unwrap();
    drop(repository);
    let again = Repository::open_on(storage.clone()).key(KEY).run().unwrap();
    assert_eq!(again.uri(), "shelf:");
    assert!(again.verify("latest").with("verify.level", "full").run().unwrap().ok);
    for (name, object) in storage.objects.lock().unwrap().iter_mut() {
        if name.starts_with("packs/") {
            let middle = object.len() / 2;
            object[middle] ^= 1;
        }
    }
    let report = again.verify("latest").with("verify.level", "full").run().unwrap();
    assert!(!report.ok && !report.faults.is_empty(), "{report:?}");
    *storage.refuse.lock().unwrap() = Some(|| Err(io::Error::from(io::ErrorKind::PermissionDenied).into()));
    fails(again.backup("exec:true").run(), Code::PermissionDenied);
    *storage.refuse.lock().unwrap() = Some(|| panic!("oh"));
    fails(again.backup("exec:true").run(), Code::Internal);
    drop(again);
    assert_eq!(Arc::strong_count(&storage), 1, "the library keeps nothing");
}

#[test]
fn handles_move_between_threads() {
    fn send_and_sync<T: Send + Sync>() {}
    send_and_sync::<Repository>();
    send_and_sync::<CancelToken>();
    send_and_sync::<Session>();
    send_and_sync::<BackupView>();
    send_and_sync::<EntryReader>();
    send_and_sync::<Error>();
    let place = Folder::new();
    let repository = place.repository();
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| repository.backup("exec:echo hello").run().unwrap());
        }
    });
    assert_eq!(count(&repository), 3);
}

/// A server that `tests/capi/languages_test.py` starts.
#[test]
fn a_postgresql_database_is_backed_up_proven_and_restored() {
    let uri = |name: &str| std::env::var(format!("HOLDFAST_TEST_POSTGRES{name}"));
    let (Ok(database), Ok(target)) = (uri(""), uri("_TARGET")) else {
        return println!("no HOLDFAST_TEST_POSTGRES");
    };
    let place = Folder::new();
    let repository = place.repository();
    let backup = repository.backup(&database).run().unwrap();
    let report = repository.verify(&backup.id).with("verify.level", "restore").run().unwrap();
    assert!(report.ok && report.level == Level::ContentEqual && report.counts["rows"] == 1000, "{report:?}");
    let done = repository.restore(&backup.id, &target).run().unwrap();
    assert!(done.rows == 1000 && done.left_out.is_empty(), "{done:?}");
}

/// How many entries a folder of /proc has, and the pages in memory.
fn used() -> (usize, usize, u64) {
    let entries = |place| std::fs::read_dir(place).unwrap().count();
    let pages = read("/proc/self/statm").split(' ').nth(1).unwrap().parse().unwrap();
    (entries("/proc/self/fd"), entries("/proc/self/task"), pages)
}

fn once(place: &Folder, repository: &Repository, number: u32) -> HostResult {
    let texts = BTreeMap::from([("a".to_string(), number.to_string())]);
    let backup = repository.backup_source(&mut Notes(texts, nothing)).cancel(&CancelToken::new()).run()?;
    let view = repository.view(&backup.id).run()?;
    assert_eq!(io::read_to_string(view.read(0, "a")?)?, number.to_string());
    assert!(repository.backup("exec:false").run().is_err());
    drop(Repository::open(&place.path("repository")).key(KEY).run()?);
    Ok(())
}

/// Run alone (`-- --ignored`), because other tests open files and threads of the same process.
#[test]
#[ignore = "runs alone"]
fn nothing_is_left_behind() {
    let rounds = if std::env::var_os("HOLDFAST_TESTS_LONG").is_some() { 500 } else { 60 };
    let place = Folder::new();
    let repository = place.repository();
    let mut peaks = [(0, 0, 0); 2]; // of each half: the library keeps some packs open
    for number in 0..rounds {
        once(&place, &repository, number).unwrap();
        let (now, peak) = (used(), &mut peaks[usize::from(number >= rounds / 2)]);
        *peak = (peak.0.max(now.0), peak.1.max(now.1), peak.2.max(now.2));
    }
    let [early, late] = peaks;
    println!("{early:?} then {late:?}");
    let some = (rounds as usize / 4).max(32);
    assert!(late.0 < early.0 + some && late.1 <= early.1, "files or threads: {early:?} then {late:?}");
    assert!(late.2 < early.2 + early.2 / 2, "pages grew from {early:?} to {late:?}");
}

//! What the tests share: folders, a source and a storage of a host's own.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use holdfast::{
    Context, Entries, HostResult as Done, ObjectInfo, ObjectList, ObjectWriter, Repository, Source, SourceInfo, Storage,
};

/// Quick to use: a password costs 100 ms.
pub const KEY: &[u8; 32] = &[7; 32];

/// A folder, removed when it goes.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("holdfast-rust-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let place = std::env::temp_dir().join(name);
        std::fs::create_dir(&place).unwrap();
        Folder(place)
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().into()
    }

    pub fn repository(&self) -> Repository {
        Repository::create(&self.path("repository")).key(KEY).run().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// A source: texts by name, then whatever a test adds.
pub struct Notes<E>(pub BTreeMap<String, String>, pub E);

pub fn nothing(_: Entries<'_>, _: &Context<'_>) -> Done {
    Ok(())
}

impl<E> Notes<E>
where
    E: FnMut(Entries<'_>, &Context<'_>) -> Done + Send,
{
    pub fn new<const N: usize>(texts: [(&str, &str); N], end: E) -> Self {
        Notes(texts.map(|(name, text)| (name.into(), text.into())).into(), end)
    }
}

impl<E> Source for Notes<E>
where
    E: FnMut(Entries<'_>, &Context<'_>) -> Done + Send,
{
    fn describe(&mut self) -> Done<SourceInfo> {
        Ok(SourceInfo { uri: "app:notes".into(), name: "notes".into(), ..SourceInfo::default() })
    }

    fn backup(&mut self, out: Entries<'_>, context: &Context<'_>) -> Done {
        for (name, text) in &self.0 {
            let mut entry = out.create(name).run()?;
            entry.write_all(text.as_bytes())?;
            entry.commit()?;
        }
        (self.1)(out, context)
    }
}

type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A storage in memory.
#[derive(Default)]
pub struct Shelf {
    pub objects: Objects,
    /// Fails calls, or panics.
    pub refuse: Mutex<Option<fn() -> Done>>,
}

impl Shelf {
    fn get(&self, name: &str) -> Done<Vec<u8>> {
        if let Some(refuse) = *self.refuse.lock().unwrap() {
            refuse()?;
        }
        let found = self.objects.lock().unwrap().get(name).cloned();
        found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, name).into())
    }
}

struct OnShelf {
    objects: Objects,
    name: String,
    bytes: Vec<u8>,
}

impl Write for OnShelf {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.write(&bytes[..bytes.len().min(1000)]) // a part, as writers may
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ObjectWriter for OnShelf {
    fn commit(self: Box<Self>) -> Done {
        let mut objects = self.objects.lock().unwrap();
        if objects.contains_key(&self.name) {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists).into());
        }
        objects.insert(self.name, self.bytes);
        Ok(())
    }
}

impl Storage for Shelf {
    fn uri(&self) -> String {
        "shelf:".into()
    }

    fn create(&self, name: &str) -> Done<Box<dyn ObjectWriter>> {
        if let Some(refuse) = *self.refuse.lock().unwrap() {
            refuse()?;
        }
        Ok(Box::new(OnShelf { objects: self.objects.clone(), name: name.into(), bytes: Vec::new() }))
    }

    fn open(&self, name: &str, offset: u64, length: u64) -> Done<Box<dyn Read + Send>> {
        let mut object = io::Cursor::new(self.get(name)?);
        object.set_position(offset);
        Ok(Box::new(object.take(length)))
    }

    fn stat(&self, name: &str) -> Done<ObjectInfo> {
        let size = self.get(name)?.len() as u64;
        Ok(ObjectInfo { name: name.into(), size, modified: Some(SystemTime::now()) })
    }

    fn list(&self, prefix: &str) -> Done<ObjectList<'_>> {
        let names: Vec<String> =
            self.objects.lock().unwrap().keys().filter(|name| name.starts_with(prefix)).cloned().collect();
        Ok(Box::new(names.into_iter().map(|name| self.stat(&name))))
    }

    fn remove(&self, name: &str) -> Done {
        let removed = self.objects.lock().unwrap().remove(name);
        removed.map(drop).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound).into())
    }
}

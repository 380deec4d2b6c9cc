//! The program that `c/host.c` describes, in Rust.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};

use holdfast::{
    Context, Entries, HostResult, ObjectInfo, ObjectList, ObjectWriter, Repository, Source, SourceInfo, Storage,
};

const KEPT: usize = 1 << 20;

#[derive(Clone, Default)]
struct Object {
    size: usize,
    data: Vec<u8>,
}

type Objects = Arc<Mutex<BTreeMap<String, Object>>>;

#[derive(Default)]
struct Shelf(Objects);

impl Shelf {
    fn info(&self, name: &str) -> HostResult<ObjectInfo> {
        let objects = self.0.lock().unwrap();
        let found = objects.get(name).ok_or(io::Error::from(io::ErrorKind::NotFound))?;
        Ok(ObjectInfo { name: name.into(), size: found.size as u64, modified: None })
    }
}

impl Storage for Shelf {
    fn uri(&self) -> String {
        "shelf:".into()
    }

    fn create(&self, name: &str) -> HostResult<Box<dyn ObjectWriter>> {
        Ok(Box::new(Writing { shelf: self.0.clone(), name: name.into(), made: Object::default() }))
    }

    fn open(&self, name: &str, offset: u64, length: u64) -> HostResult<Box<dyn Read + Send>> {
        let found = self.0.lock().unwrap().get(name).cloned();
        let found = found.filter(|found| found.size <= KEPT).ok_or(io::Error::from(io::ErrorKind::NotFound))?;
        let mut data = io::Cursor::new(found.data);
        data.set_position(offset);
        Ok(Box::new(data.take(length)))
    }

    fn stat(&self, name: &str) -> HostResult<ObjectInfo> {
        self.info(name)
    }

    fn list(&self, prefix: &str) -> HostResult<ObjectList<'_>> {
        let objects = self.0.lock().unwrap();
        let names: Vec<String> = objects.keys().filter(|name| name.starts_with(prefix)).cloned().collect();
        Ok(Box::new(names.into_iter().map(|name| self.info(&name))))
    }

    fn remove(&self, name: &str) -> HostResult {
        let removed = self.0.lock().unwrap().remove(name);
        removed.map(drop).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound).into())
    }
}

struct Writing {
    shelf: Objects,
    name: String,
    made: Object,
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.made.size += bytes.len();
        if self.made.size <= KEPT {
            self.made.data.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ObjectWriter for Writing {
    fn commit(self: Box<Self>) -> HostResult {
        let mut objects = self.shelf.lock().unwrap();
        if objects.contains_key(&self.name) {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists).into());
        }
        objects.insert(self.name, self.made);
        Ok(())
    }
}

struct Reading {
    file: String,
    piece: usize,
}

impl Source for Reading {
    fn describe(&mut self) -> HostResult<SourceInfo> {
        Ok(SourceInfo { uri: "bench:file".into(), name: "file".into(), ..SourceInfo::default() })
    }

    fn backup(&mut self, out: Entries<'_>, _: &Context<'_>) -> HostResult {
        let mut file = File::open(&self.file)?;
        let mut entry = out.create("data").run()?;
        let mut piece = vec![0; self.piece];
        loop {
            let some = file.read(&mut piece)?;
            if some == 0 {
                return Ok(entry.commit()?);
            }
            entry.write_all(&piece[..some])?;
        }
    }
}

fn say(word: &str) -> io::Result<()> {
    println!("{word}");
    io::stdin().read_line(&mut String::new()).map(drop)
}

fn main() -> HostResult {
    let arguments: Vec<String> = std::env::args().collect();
    let mut source = Reading { file: arguments[1].clone(), piece: arguments[2].parse()? };
    let repository =
        Repository::create_on(Arc::new(Shelf::default())).key(b"0123456789abcdef0123456789abcdef").run()?;
    say("ready")?;
    repository.backup_source(&mut source).run()?;
    say("done")?;
    Ok(())
}

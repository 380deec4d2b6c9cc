//! Creates an encrypted repository, backs up, lists and verifies with the Rust crate.

use std::error::Error;
use std::process::exit;

use holdfast::Repository;

fn run(place: &str, password: &str, source: &str) -> Result<(), Box<dyn Error>> {
    let repository = Repository::create(place).password(password).run()?;
    repository.backup(source).run()?;
    for backup in repository.backups().run()? {
        println!("{} {} bytes", backup.id, backup.plain_bytes);
    }
    let report = repository.verify("latest").with("verify.level", "full").run()?;
    if !report.ok {
        return Err(format!("the backup is damaged: {:?}", report.faults).into());
    }
    println!("verified");
    Ok(())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [place, password, source] = &arguments[..] else {
        eprintln!("usage: rust_minimal NEW-REPOSITORY PASSWORD SOURCE");
        exit(2);
    };
    if let Err(error) = run(place, password, source) {
        eprintln!("{error}");
        exit(1);
    }
}

//! Asks pkg-config where the library is: `PKG_CONFIG` and `PKG_CONFIG_PATH` as always.

use std::process::{Command, exit};

fn main() {
    let of_c = if cfg!(feature = "static") { "holdfast-c-static" } else { "holdfast-capi" };
    for name in ["PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "PKG_CONFIG_SYSROOT_DIR"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    let program = std::env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".into());
    match Command::new(&program).args(["--libs", of_c]).output() {
        Ok(done) if done.status.success() => link(&String::from_utf8_lossy(&done.stdout)),
        Ok(done) => fail(of_c, &String::from_utf8_lossy(&done.stderr)),
        Err(error) => fail(of_c, &format!("{program}: {error}")),
    }
}

fn fail(of_c: &str, why: &str) -> ! {
    eprintln!("no {of_c} here: {}\nInstall libholdfast-dev, or set PKG_CONFIG_PATH.", why.trim());
    exit(1)
}

fn link(flags: &str) {
    for flag in flags.split_whitespace() {
        if let Some(folder) = flag.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={folder}");
        } else if let Some(file) = flag.strip_prefix("-l:") {
            let kind = if file.ends_with(".a") { "static:+verbatim" } else { "dylib:+verbatim" };
            println!("cargo:rustc-link-lib={kind}={file}");
        } else if let Some(name) = flag.strip_prefix("-l") {
            println!("cargo:rustc-link-lib={name}");
        } else if flag == "-pthread" {
            println!("cargo:rustc-link-lib=pthread");
        }
    }
}

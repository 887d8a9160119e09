//! Writes every seed into `searches/seeds/TARGET/`, for the fuzzer to begin with.

#![forbid(unsafe_code)]

use std::fs;
use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("searches/seeds");
    let seeds = device_flow_fuzz::seed::all()?;
    for (target, name, data) in &seeds {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), data)?;
    }
    println!("{} seeds in {}", seeds.len(), folder.display());
    Ok(())
}

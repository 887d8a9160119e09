//! Fetches the servers once, with the package managers they come with.
//!
//! Each installation lives in `target/interop/` under a name made of the files and the tool that went into it, so a
//! new lock file, or another Python, is a new installation. A lock file keeps two test runs from installing at once.

use std::fmt::{self, Display};
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::{Error, Result};

/// Without a network npm gives up in seconds, not in minutes.
const NPM_CI: [&str; 6] = [
    "ci",
    // The packages are plain JavaScript.
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=5000",
];

/// Wheels only: nothing is compiled and no package's set-up code runs.
const PIP_INSTALL: [&str; 9] = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--no-input",
    "--disable-pip-version-check",
    "--only-binary",
    ":all:",
    "--requirement",
];

/// Why a server cannot be had.
#[derive(Debug, Clone)]
pub enum Unavailable {
    /// The machine lacks a tool, or the tool cannot reach its packages. A developer's run skips the cases.
    Missing(String),
    /// Everything is there and still it does not work. Every run fails.
    Broken(String),
}

impl Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(what) | Self::Broken(what) => f.write_str(what),
        }
    }
}

impl<E: Into<Error>> From<E> for Unavailable {
    fn from(error: E) -> Self {
        Self::Broken(error.into().to_string())
    }
}

/// Installs `oidc-provider` with npm and returns the command that starts it.
pub fn oidc_provider() -> Result<Command, Unavailable> {
    // The suite starts two of them: a machine that lacks something is asked once.
    static SCRIPT: OnceLock<Result<PathBuf, Unavailable>> = OnceLock::new();
    let mut command = Command::new("node");
    command.arg(SCRIPT.get_or_init(install_oidc_provider).clone()?);
    Ok(command)
}

fn install_oidc_provider() -> Result<PathBuf, Unavailable> {
    let node = tool(&["node"], &["--version"])?;
    let npm = tool(&[if cfg!(windows) { "npm.cmd" } else { "npm" }], &["--version"])?;
    let source = sources("oidc-provider");
    let files = ["package.json", "package-lock.json", ".npmrc"];
    let place = Place::new("oidc-provider", &source, &files, &node.version)?;
    let directory = place.install(|directory| run(Command::new(&npm.name).args(NPM_CI).current_dir(directory)))?;
    // Node looks for packages beside the script.
    let script = directory.join("server.mjs");
    replace(&source.join("server.mjs"), &script)?;
    Ok(script)
}

/// Installs Authlib with pip into an environment of its own and returns the command that starts it.
pub fn authlib() -> Result<Command, Unavailable> {
    let about = "import sys; print(sys.version, sys.base_prefix)";
    let python = tool(&["python3", "python"], &["-c", about])?;
    let source = sources("authlib");
    let place = Place::new("authlib", &source, &["requirements.txt"], &python.version)?;
    let directory = place.install(|directory| {
        let mut venv = Command::new(&python.name);
        run(venv.args(["-m", "venv", "--clear"]).arg(directory.join("venv")))?;
        let mut pip = Command::new(interpreter(directory));
        run(pip.args(PIP_INSTALL).arg(directory.join("requirements.txt")))
    })?;
    let mut command = Command::new(interpreter(&directory));
    command.arg(source.join("app.py"));
    Ok(command)
}

/// The suite's scratch folder: `interop` in cargo's target directory.
pub fn scratch() -> Result<PathBuf> {
    // Only cargo's own test run knows the target directory; an executable started by hand lives in it.
    let executable = std::env::current_exe()?;
    let target = executable.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    let fallback = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    Ok(target.unwrap_or(&fallback).join("interop"))
}

fn sources(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("servers").join(name)
}

fn interpreter(directory: &Path) -> PathBuf {
    directory.join(if cfg!(windows) { r"venv\Scripts\python.exe" } else { "venv/bin/python" })
}

/// A program that is there and runs.
struct Tool {
    name: String,
    version: String,
}

fn tool(names: &[&str], arguments: &[&str]) -> Result<Tool, Unavailable> {
    for name in names {
        let output = Command::new(name).args(arguments).stdin(Stdio::null()).output();
        let Ok(output) = output else { continue };
        if output.status.success() {
            let version = String::from_utf8_lossy(&output.stdout).into_owned();
            return Ok(Tool { name: (*name).to_owned(), version });
        }
    }
    Err(Unavailable::Missing(format!("{} is not installed", names.join(" or "))))
}

/// One installation: where it goes and what goes into it.
struct Place {
    name: &'static str,
    directory: PathBuf,
    files: Vec<PathBuf>,
}

impl Place {
    fn new(name: &'static str, source: &Path, files: &[&str], tool: &str) -> Result<Self> {
        let files: Vec<_> = files.iter().map(|file| source.join(file)).collect();
        let mut key = DefaultHasher::new();
        tool.hash(&mut key);
        for file in &files {
            fs::read(file)?.hash(&mut key);
        }
        let directory = scratch()?.join(format!("{name}-{:016x}", key.finish()));
        Ok(Self { name, directory, files })
    }

    /// Installs unless that is done, with nobody else at it.
    fn install(self, steps: impl FnOnce(&Path) -> Result<(), Unavailable>) -> Result<PathBuf, Unavailable> {
        let Self { name, directory, files } = self;
        fs::create_dir_all(&directory)?;
        let mut lock = fd_lock::RwLock::new(File::create(directory.join("lock"))?);
        let _guard = lock.write()?;
        let done = directory.join("installed");
        if done.exists() {
            return Ok(directory);
        }
        eprintln!("interop: installing {name} into {}", directory.display());
        for file in files {
            if let Some(name) = file.file_name() {
                fs::copy(&file, directory.join(name))?;
            }
        }
        steps(&directory)?;
        fs::write(done, "")?;
        Ok(directory)
    }
}

/// Runs one step of an installation. Its failure is the machine's: what it runs is pinned.
fn run(command: &mut Command) -> Result<(), Unavailable> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<_> = said.lines().filter(|line| !line.starts_with("npm warn")).collect();
    let said = said.join("\n");
    let what = format!("{program} failed ({}): {}", output.status, said.trim());
    Err(Unavailable::Missing(what))
}

/// Puts a copy of `source` at `target` in one step, for somebody may be starting the old one.
fn replace(source: &Path, target: &Path) -> Result<()> {
    let directory = target.parent().unwrap_or(Path::new("."));
    let mut copy = tempfile::NamedTempFile::new_in(directory)?;
    std::io::copy(&mut File::open(source)?, &mut copy)?;
    copy.persist(target)?;
    Ok(())
}

//! The shim between a server and its disk: how it is built, and how it is told what to do.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::support::server::{Refused, Server};
use crate::tidy::tree;

/// The numbers of the control file, by their place.
#[derive(Debug, Clone, Copy)]
enum Number {
    Action = 0,
    Parts,
    Ops,
    Nth,
    Always,
    Error,
    DelayMs,
    Variant,
    SkipSyncs,
    Matched,
    Fired,
    FiredOp,
    FiredPart,
}

/// Calls, as bits.
pub mod ops {
    /// A file is made.
    pub const CREATE: u64 = 1 << 1;
    /// Bytes are written.
    pub const WRITE: u64 = 1 << 2;
    /// A file is cut or made longer.
    pub const TRUNCATE: u64 = 1 << 3;
    /// Space is taken.
    pub const ALLOCATE: u64 = 1 << 4;
    /// A file or a folder is synced.
    pub const SYNC: u64 = 1 << 5;
    /// A file gets another name.
    pub const RENAME: u64 = 1 << 7;
    /// A name is removed.
    pub const UNLINK: u64 = 1 << 8;
    /// A folder is made.
    pub const MKDIR: u64 = 1 << 9;
    /// All of them.
    pub const ALL: u64 = CREATE | WRITE | TRUNCATE | ALLOCATE | SYNC | RENAME | UNLINK | MKDIR;
}

/// Parts of a data folder, as bits.
pub mod parts {
    /// The log's segments.
    pub const SEGMENT: u64 = 1;
    /// The log's witness.
    pub const WITNESS: u64 = 2;
    /// The state.
    pub const STATE: u64 = 4;
    /// Whatever else, folders among it.
    pub const OTHER: u64 = 8;
    /// All of them.
    pub const ALL: u64 = SEGMENT | WITNESS | STATE | OTHER;
}

/// What the shim does to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Ends the process before the call, in the middle of it, or after it.
    Kill(u64),
    /// Fails it with that number of the system, once or from then on.
    Fail { error: i32, always: bool },
    /// Lets it wait, from then on.
    Delay { ms: u64 },
}

/// A disk: one folder of which the shim sees everything, and its control file beside it.
pub struct Disk {
    folder: TempDir,
    control: File,
}

impl Disk {
    /// An empty disk whose syncs cost nothing: a kill leaves what the system has, synced or not.
    pub fn quick() -> Self {
        let disk = Self::slow();
        disk.set(Number::SkipSyncs, 1);
        disk
    }

    /// An empty disk whose syncs are real.
    pub fn slow() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("disk")).expect("it can be made");
        let control = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(folder.path().join("control"))
            .expect("it can be made");
        control.set_len(4096).expect("it can be made longer");
        Self { folder, control }
    }

    /// The folder of which everything is seen.
    pub fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("it is there").join("disk")
    }

    /// The data folder on it.
    pub fn data(&self) -> PathBuf {
        self.root().join("data")
    }

    /// Where what happens is written down.
    pub fn trace(&self) -> PathBuf {
        self.folder.path().join("trace")
    }

    /// From now on does that to the `nth` call of those kinds on those parts.
    pub fn strike(&self, action: Action, parts: u64, ops: u64, nth: u64) {
        self.calm();
        self.set(Number::Parts, parts);
        self.set(Number::Ops, ops);
        self.set(Number::Nth, nth);
        let number = match action {
            Action::Kill(variant) => {
                self.set(Number::Variant, variant);
                1
            }
            Action::Fail { error, always } => {
                self.set(Number::Error, u64::from(error.unsigned_abs()));
                self.set(Number::Always, always.into());
                2
            }
            Action::Delay { ms } => {
                self.set(Number::DelayMs, ms);
                self.set(Number::Always, 1);
                3
            }
        };
        self.set(Number::Action, number);
    }

    /// From now on does nothing, and counts calls of those kinds on those parts anew.
    pub fn watch(&self, parts: u64, ops: u64) {
        self.calm();
        self.set(Number::Parts, parts);
        self.set(Number::Ops, ops);
    }

    /// From now on does nothing.
    pub fn calm(&self) {
        for number in [Number::Action, Number::Always, Number::Matched, Number::Fired] {
            self.set(number, 0);
        }
    }

    /// How many calls of the kinds in question there were.
    pub fn matched(&self) -> u64 {
        self.get(Number::Matched)
    }

    /// How many calls were struck.
    pub fn fired(&self) -> u64 {
        self.get(Number::Fired)
    }

    /// What was struck, in words.
    pub fn struck(&self) -> String {
        let op = match self.get(Number::FiredOp) {
            1 => "create",
            2 => "write",
            3 => "truncate",
            4 => "allocate",
            5 => "sync",
            7 => "rename",
            8 => "unlink",
            9 => "mkdir",
            _ => "nothing",
        };
        let part = match self.get(Number::FiredPart) {
            parts::SEGMENT => "segment",
            parts::WITNESS => "witness",
            parts::STATE => "state",
            _ => "other",
        };
        format!("{op} {part}")
    }

    /// Puts the shim between a process and this disk.
    pub fn dress(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", library())
            .env("RING_FOLDER", self.root())
            .env("RING_CONTROL", self.folder.path().join("control"));
    }

    /// The same, and everything that happens is written down.
    pub fn dress_recorded(&self, command: &mut Command) {
        self.dress(command);
        command.env("RING_TRACE", self.trace());
    }

    /// Starts a server on it.
    pub fn start(&self) -> Result<Server, Refused> {
        Server::try_start_with(&self.data(), |command| {
            self.dress(command);
            small(command);
        })
    }

    fn set(&self, number: Number, value: u64) {
        let at = 8 * number as u64;
        self.control.write_all_at(&value.to_ne_bytes(), at).expect("it can be written");
    }

    fn get(&self, number: Number) -> u64 {
        let mut bytes = [0; 8];
        self.control.read_exact_at(&mut bytes, 8 * number as u64).expect("it can be read");
        u64::from_ne_bytes(bytes)
    }
}

/// Small files, so that a short script meets new segments and flushes of the state.
pub fn small(command: &mut Command) {
    command
        .env("ROOMNIGHT__LOG__SEGMENT_BYTES", "262144")
        .env("ROOMNIGHT__STORAGE__WRITE_BUFFER_BYTES", "65536")
        .env("ROOMNIGHT__TICKS__OPEN_MS", "50");
}

/// The shim, compiled once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let source = tree::root().join("tests/recorder/recorder.c");
        let name = format!("recorder-{}.so", std::process::id());
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let output = Command::new("cc")
            .args(["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"])
            .args([&library, &source])
            .args(["-ldl", "-lpthread"])
            .output()
            .expect("scripts/prerequisites installs cc");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        library
    })
}

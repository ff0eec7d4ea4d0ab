//! The directory of a log: one process has it, on a local disk, and its entries are durable.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::error::OpenError;

/// A locked directory. The lock ends with the value, or with the process.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    handle: File,
}

/// Network filesystems, by the number that `statfs` gives.
const NETWORK_FILESYSTEMS: &[(u32, &str)] = &[
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xfe53_4d42, "SMB2"),
    (0xff53_4d42, "CIFS"),
    (0x0102_1997, "9P"),
    (0x00c3_6400, "Ceph"),
    (0x5346_414f, "AFS"),
    (0x7375_7245, "Coda"),
    (0x564c, "NCP"),
    (0x0bd0_0bd0, "Lustre"),
    (0x0116_1970, "GFS2"),
];

/// Makes a folder, and those above it that are missing, and makes durable that it is there: a loss
/// of power leaves nothing that was acknowledged without a name.
///
/// Also when it is there already, since whoever made it may have been killed before its sync.
pub fn make_folder(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    if path.is_dir() {
        return match File::open(parent) {
            // Whoever may not look into it has not made anything in it either.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            opened => opened?.sync_all(),
        };
    }
    if !parent.is_dir() {
        make_folder(parent)?;
    }
    match std::fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    File::open(parent)?.sync_all()
}

impl Directory {
    /// Makes the directory if it is not there, refuses it on a network, and locks it.
    pub fn lock(path: &Path) -> Result<Self, OpenError> {
        make_folder(path).map_err(OpenError::io(path, "made"))?;
        let handle = File::open(path).map_err(OpenError::io(path, "opened"))?;
        if let Some(filesystem) = network_filesystem(&handle) {
            return Err(OpenError::NetworkFilesystem { dir: path.to_owned(), filesystem });
        }
        flock(&handle, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
            rustix::io::Errno::WOULDBLOCK => OpenError::InUse { dir: path.to_owned() },
            error => OpenError::io(path, "locked")(error.into()),
        })?;
        // A file may have got its name from a process that was killed before it had synced that.
        handle.sync_all().map_err(OpenError::io(path, "synced"))?;
        Ok(Self { path: path.to_owned(), handle })
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes durable which files there are.
    pub fn sync(&self) -> io::Result<()> {
        self.handle.sync_all()
    }

    /// The names of the files in it.
    pub fn names(&self) -> Result<Vec<String>, OpenError> {
        let failed = |error| OpenError::io(&self.path, "listed")(error);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(failed)? {
            names.extend(entry.map_err(failed)?.file_name().into_string());
        }
        Ok(names)
    }
}

#[cfg(target_os = "linux")]
fn network_filesystem(directory: &File) -> Option<&'static str> {
    let magic = rustix::fs::fstatfs(directory).ok()?.f_type as u32;
    name_of(magic)
}

#[cfg(not(target_os = "linux"))]
fn network_filesystem(_: &File) -> Option<&'static str> {
    None
}

fn name_of(magic: u32) -> Option<&'static str> {
    NETWORK_FILESYSTEMS.iter().find(|(number, _)| *number == magic).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests;

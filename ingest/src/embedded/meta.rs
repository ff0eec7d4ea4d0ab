//! The file `meta`: what is fixed for the life of a log. Four lines of text.
//!
//! ```text
//! roomnight log 1
//! partitions 4
//! id 8f14e45fceea167a5a36dedd4bea2543
//! crc 5d41402a
//! ```

use std::fs::File;
use std::io::Write;
use std::path::Path;

use super::directory::Directory;
use super::error::OpenError;
use super::layout::LogId;

/// The format that this build reads and writes.
const FORMAT: u32 = 1;
/// The name of the file.
pub const NAME: &str = "meta";

/// What is fixed for the life of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// How many partitions each topic has.
    pub partitions: u16,
    /// Which log it is.
    pub id: LogId,
}

impl Meta {
    /// Of a new log.
    pub fn new(partitions: u16) -> Result<Self, OpenError> {
        let mut id = [0; 16];
        getrandom::fill(&mut id)
            .map_err(|error| OpenError::Options(format!("no random id could be drawn: {error}")))?;
        Ok(Self { partitions, id: LogId(id) })
    }

    /// Reads it; `None` when there is none.
    pub fn read(directory: &Directory) -> Result<Option<Self>, OpenError> {
        let file = directory.file(NAME);
        let bytes = match std::fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(OpenError::io(&file, "read")(error)),
        };
        Self::decode(&bytes, &file).map(Some)
    }

    /// Writes it, whole or not at all. With this the log exists.
    pub fn write(self, directory: &Directory) -> Result<(), OpenError> {
        let (file, draft) = (directory.file(NAME), directory.file("meta.new"));
        let mut handle = File::create(&draft).map_err(OpenError::io(&draft, "made"))?;
        handle.write_all(self.encode().as_bytes()).map_err(OpenError::io(&draft, "written"))?;
        handle.sync_all().map_err(OpenError::io(&draft, "synced"))?;
        std::fs::rename(&draft, &file).map_err(OpenError::io(&file, "renamed"))?;
        directory.sync().map_err(OpenError::io(directory.path(), "synced"))
    }

    fn encode(self) -> String {
        let Self { partitions, id } = self;
        let text = format!("roomnight log {FORMAT}\npartitions {partitions}\nid {id}\n");
        let crc = crc32c::crc32c(text.as_bytes());
        format!("{text}crc {crc:08x}\n")
    }

    fn decode(bytes: &[u8], file: &Path) -> Result<Self, OpenError> {
        let damaged =
            |what: &str| OpenError::Damaged { file: file.to_owned(), at: 0, what: what.to_owned() };
        let text = std::str::from_utf8(bytes).map_err(|_| damaged("it is not text"))?;
        let (body, crc) = text.rsplit_once("crc ").ok_or_else(|| damaged("no checksum"))?;
        let expected = format!("{:08x}\n", crc32c::crc32c(body.as_bytes()));
        if crc != expected {
            return Err(damaged("the checksum is wrong"));
        }
        let field = |name: &str| body.lines().find_map(|line| line.strip_prefix(name));
        let number = |name: &str| field(name).and_then(|text| text.parse::<u32>().ok());
        let found = number("roomnight log ").ok_or_else(|| damaged("no format"))?;
        if found != FORMAT {
            return Err(OpenError::Format { file: file.to_owned(), found, known: FORMAT });
        }
        let partitions = number("partitions ").and_then(|count| u16::try_from(count).ok());
        let id = field("id ").filter(|id| id.len() == 32);
        let id = id.and_then(|id| u128::from_str_radix(id, 16).ok());
        Ok(Self {
            partitions: partitions.ok_or_else(|| damaged("no partition count"))?,
            id: LogId(id.ok_or_else(|| damaged("no log id"))?.to_be_bytes()),
        })
    }
}

#[cfg(test)]
mod tests;

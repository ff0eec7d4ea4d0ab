//! Images of a disk after a loss of power, made from a trace.
//!
//! At the cut everything that a sync had ended for is there. Of all else each file keeps a random
//! subset of what was written, in pieces of 512 bytes and in any order, and each folder a random
//! beginning, or a random subset, of the changes of its names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::trace::Event;

/// The smallest piece that a disk writes whole or not at all.
const SECTOR_BYTES: usize = 512;

/// A change of a file's contents that no sync has ended for.
#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate { length: usize },
    Allocate { length: usize },
}

/// A change of the names of a folder that no sync has ended for.
#[derive(Debug, Clone)]
enum Naming {
    Add { path: String, object: usize },
    Remove { path: String },
    Rename { from: String, to: String, object: usize },
}

#[derive(Debug, Default, Clone)]
struct Object {
    is_folder: bool,
    durable: Vec<u8>,
    /// With the number of the event.
    pending: Vec<(usize, Change)>,
}

/// What a cut has taken away.
#[derive(Debug, Default, Clone, Copy)]
pub struct Loss {
    /// Pieces of writes that are not there.
    pub sectors_lost: u64,
    /// Pieces that are there though nothing made them durable.
    pub sectors_kept: u64,
    /// Changes of names that are not there.
    pub names_lost: u64,
    /// Writes of which a part is there and a part is not.
    pub torn: u64,
}

/// A disk as it is known to be, and what may or may not be on it besides.
#[derive(Debug, Clone)]
pub struct Model {
    root: String,
    objects: Vec<Object>,
    /// The object of each number that the system gave, as of now.
    by_number: BTreeMap<u64, usize>,
    /// Names as a running process sees them.
    seen: BTreeMap<String, usize>,
    /// Names as they are certainly on the disk.
    durable: BTreeMap<String, usize>,
    namings: Vec<(usize, Naming)>,
    /// When the sync of each file or folder that is under way began.
    syncing: BTreeMap<String, Vec<usize>>,
    /// What a sync is good for; off to see that the audit notices.
    syncs_count: bool,
}

impl Model {
    /// An empty folder at that path, which is there for certain.
    pub fn new(root: &Path, syncs_count: bool) -> Self {
        Self {
            root: root.to_string_lossy().into_owned(),
            objects: Vec::new(),
            by_number: BTreeMap::new(),
            seen: BTreeMap::new(),
            durable: BTreeMap::new(),
            namings: Vec::new(),
            syncing: BTreeMap::new(),
            syncs_count,
        }
    }

    /// Goes on by one event.
    pub fn apply(&mut self, number: usize, event: &Event) {
        match event {
            Event::Create { path, file } => {
                let object = self.add(number, path, false);
                self.by_number.insert(*file, object);
            }
            Event::Mkdir { path } => {
                self.add(number, path, true);
            }
            Event::Write { file, at, bytes } => {
                let change = Change::Write { at: *at as usize, bytes: bytes.clone() };
                self.change(number, *file, change);
            }
            Event::Truncate { file, length } => {
                self.change(number, *file, Change::Truncate { length: *length as usize });
            }
            Event::Allocate { file, length } => {
                self.change(number, *file, Change::Allocate { length: *length as usize });
            }
            Event::SyncBegin { file, path } => {
                self.syncing.entry(format!("{file} {path}")).or_default().push(number);
            }
            Event::SyncEnd { file, path } => {
                let begun = self.syncing.get_mut(&format!("{file} {path}")).and_then(Vec::pop);
                if let Some(begun) = begun.filter(|_| self.syncs_count) {
                    self.synced(*file, path, begun);
                }
            }
            Event::Rename { from, to } => {
                // A file that was made out of sight, such as RocksDB's own messages, is let be.
                if let Some(object) = self.seen.remove(from) {
                    self.seen.insert(to.clone(), object);
                    let (from, to) = (from.clone(), to.clone());
                    self.namings.push((number, Naming::Rename { from, to, object }));
                }
            }
            Event::Unlink { path } => {
                if self.seen.remove(path).is_some() {
                    self.namings.push((number, Naming::Remove { path: path.clone() }));
                }
            }
            Event::Told(_) => {}
        }
    }

    fn add(&mut self, number: usize, path: &str, is_folder: bool) -> usize {
        let object = self.objects.len();
        self.objects.push(Object { is_folder, ..Object::default() });
        self.seen.insert(path.to_owned(), object);
        self.namings.push((number, Naming::Add { path: path.to_owned(), object }));
        object
    }

    fn change(&mut self, number: usize, file: u64, change: Change) {
        if let Some(object) = self.by_number.get(&file) {
            self.objects[*object].pending.push((number, change));
        }
    }

    /// What was done to a file, or to the names in a folder, before `begun` is durable.
    fn synced(&mut self, file: u64, path: &str, begun: usize) {
        let is_folder = path == self.root
            || self.seen.get(path).is_some_and(|object| self.objects[*object].is_folder);
        if is_folder {
            let (durable, rest): (Vec<_>, Vec<_>) =
                std::mem::take(&mut self.namings).into_iter().partition(|(number, naming)| {
                    *number < begun && naming.folder() == Path::new(path)
                });
            self.namings = rest;
            for (_, naming) in durable {
                naming.apply(&mut self.durable);
            }
        } else if let Some(object) = self.by_number.get(&file) {
            let object = &mut self.objects[*object];
            let (durable, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut object.pending)
                .into_iter()
                .partition(|(number, _)| *number < begun);
            object.pending = rest;
            for (_, change) in durable {
                change.apply(&mut object.durable);
            }
        }
    }

    /// Writes into `target` what a disk may hold after a loss of power now.
    pub fn write(&self, target: &Path, dice: &mut ChaCha8Rng) -> Loss {
        let mut loss = Loss::default();
        let names = self.names(dice, &mut loss);
        // Now and then nothing, or everything, had reached the disk.
        let kept_percent = [0, 30, 80, 100][dice.random_range(0..4)];
        let place = |path: &str| -> Option<PathBuf> {
            let below = path.strip_prefix(self.root.as_str())?.trim_start_matches('/');
            Some(target.join(below))
        };
        let (folders, files): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|(_, object)| self.objects[*object].is_folder);
        for (path, _) in folders {
            // A folder without its parent is not there either; names come in order.
            if let Some(place) =
                place(&path).filter(|place| place.parent().is_some_and(Path::is_dir))
            {
                std::fs::create_dir(place).expect("it can be made");
            }
        }
        for (path, object) in files {
            let Some(place) = place(&path).filter(|place| place.parent().is_some_and(Path::is_dir))
            else {
                continue;
            };
            let bytes = self.objects[object].contents(kept_percent, dice, &mut loss);
            std::fs::write(place, bytes).expect("it can be written");
        }
        loss
    }

    fn names(&self, dice: &mut ChaCha8Rng, loss: &mut Loss) -> BTreeMap<String, usize> {
        let mut names = self.durable.clone();
        let in_order = dice.random_bool(0.5);
        let kept = dice.random_range(0..=self.namings.len());
        for (index, (_, naming)) in self.namings.iter().enumerate() {
            let is_there = if in_order { index < kept } else { dice.random_bool(0.5) };
            if is_there {
                naming.apply(&mut names);
            } else {
                loss.names_lost += 1;
            }
        }
        names
    }
}

impl Naming {
    fn folder(&self) -> &Path {
        let (Self::Add { path, .. } | Self::Remove { path } | Self::Rename { to: path, .. }) = self;
        Path::new(path).parent().unwrap_or(Path::new("/"))
    }

    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Add { path, object } => {
                names.insert(path.clone(), *object);
            }
            Self::Remove { path } => {
                names.remove(path);
            }
            Self::Rename { from, to, object } => {
                names.remove(from);
                names.insert(to.clone(), *object);
            }
        }
    }
}

impl Change {
    fn apply(&self, contents: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => put(contents, *at, bytes),
            Self::Truncate { length } => contents.resize(*length, 0),
            Self::Allocate { length } => contents.resize(contents.len().max(*length), 0),
        }
    }
}

fn put(contents: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if contents.len() < end {
        contents.resize(end, 0);
    }
    contents[at..end].copy_from_slice(bytes);
}

impl Object {
    fn contents(&self, kept_percent: u32, dice: &mut ChaCha8Rng, loss: &mut Loss) -> Vec<u8> {
        let mut contents = self.durable.clone();
        let mut is_kept = || dice.random_range(0..100) < kept_percent;
        for (_, change) in &self.pending {
            let Change::Write { at, bytes } = change else {
                if is_kept() {
                    change.apply(&mut contents);
                }
                continue;
            };
            let (mut kept, mut lost) = (0, 0);
            let mut from = *at;
            while from < at + bytes.len() {
                let to = ((from / SECTOR_BYTES + 1) * SECTOR_BYTES).min(at + bytes.len());
                if is_kept() {
                    put(&mut contents, from, &bytes[from - at..to - at]);
                    kept += 1;
                } else {
                    lost += 1;
                }
                from = to;
            }
            loss.sectors_kept += kept;
            loss.sectors_lost += lost;
            loss.torn += u64::from(kept > 0 && lost > 0);
        }
        contents
    }
}

//! How far the topics of signals are reflected: written with the rows that reflect them.

use ingest::{Bookmark, Topic};
use rocksdb::IteratorMode;

use crate::kinds::Kind;
use crate::table::decode;
use crate::tables::Bookmark as BookmarkTable;
use crate::{Error, Store};

impl Store {
    /// Where the reading of a topic stands.
    pub fn bookmark(&self, topic: Topic) -> Result<Bookmark, Error> {
        let prefix = [Kind::Bookmark.byte(), topic.number()];
        let from = IteratorMode::From(&prefix, rocksdb::Direction::Forward);
        let mut bookmark = Bookmark::default();
        for row in self.db.iterator(from) {
            let (key, value) = row.map_err(|error| self.failed("reading", error))?;
            if !key.starts_with(&prefix) {
                break;
            }
            let row = decode::<BookmarkTable>(&key, &value)?;
            bookmark.set(row.partition, row.next_offset, row.link);
        }
        Ok(bookmark)
    }
}

#[cfg(test)]
mod tests {
    use dataflows::Changes;
    use events::{Link, Stamp};
    use ingest::{Bookmark, MemoryLog, Topic};

    use crate::{Store, StoreOptions};

    #[test]
    fn a_bookmark_stays_where_it_was_put_and_each_topic_has_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = || StoreOptions::at(folder.path().join("state"));
        let bookmark: Bookmark =
            [(0, 5, Link::default().then(b"a")), (300, 7, Link::default().then(b"b"))]
                .into_iter()
                .collect();
        let store = Store::open(options()).expect("it opens");
        store.check_against(&MemoryLog::new(1)).expect("an empty state fits every log");
        let bookmarks = vec![(Topic::Searches, bookmark.clone())];
        let changes = Changes { bookmarks, ..Changes::default() };
        store.write(&changes, Stamp(1)).expect("it is kept");
        drop(store);
        let store = Store::open(options()).expect("it opens again");
        assert_eq!(store.bookmark(Topic::Searches).expect("it is read"), bookmark);
        assert_eq!(store.bookmark(Topic::CompetitorPrices).expect("read"), Bookmark::default());
    }
}

//! How far the topics of signals were read: kept beside the state, part by part.

use ingest::{Bookmark, Topic};
use rocksdb::{IteratorMode, WriteBatch};

use crate::kinds::Kind;
use crate::table::{decode, encode};
use crate::tables::{Bookmark as BookmarkTable, BookmarkRow};
use crate::{Error, Store};

impl Store {
    /// Keeps where the reading of a topic stands. It is not synced: what a power cut takes away
    /// is read again, and whoever hears a signal twice counts it once.
    pub fn keep_bookmark(&self, topic: Topic, bookmark: &Bookmark) -> Result<(), Error> {
        let mut batch = WriteBatch::default();
        let (mut key, mut value) = (Vec::new(), Vec::new());
        for (partition, next_offset, link) in bookmark.iter() {
            let row = BookmarkRow { topic, partition, next_offset, link };
            encode::<BookmarkTable>(&row, &mut key, &mut value);
            batch.put(&key, &value);
        }
        self.db.write(batch).map_err(|error| self.failed("writing", error))
    }

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
    use events::Link;
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
        store.keep_bookmark(Topic::Searches, &bookmark).expect("it is kept");
        drop(store);
        let store = Store::open(options()).expect("it opens again");
        assert_eq!(store.bookmark(Topic::Searches).expect("it is read"), bookmark);
        assert_eq!(store.bookmark(Topic::CompetitorPrices).expect("read"), Bookmark::default());
    }
}

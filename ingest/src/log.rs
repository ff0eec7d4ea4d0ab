//! What is asked of any log: hand bytes over, read them back in order once they are durable.

use std::time::Duration;

use bytes::Bytes;
use events::{ChainHash, Position};

use crate::{AppendError, Bookmark, LogError, Topic};

/// One record, as it was read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// In which partition it stands.
    pub partition: u16,
    /// Its place there: 0, 1, 2 and so on without gaps.
    pub offset: u64,
    /// What was appended.
    pub bytes: Bytes,
    /// The running hash of its topic and partition after this record:
    /// `chain(n) = chain(n - 1).then(bytes)`, beginning with the default hash.
    pub chain: ChainHash,
}

/// An ordered, durable sequence of records for each partition of each topic.
///
/// What every implementation promises is written as tests in the module `contract`.
pub trait Log: Send + Sync {
    /// How many partitions each topic has.
    fn partitions(&self) -> u16;

    /// Hands a record over. It does not wait for the disk or the network.
    ///
    /// `Ok` says that the record was taken, not that it is durable: only a record that a
    /// [`Reader`] gives back is. Records that one thread appends to one partition keep their
    /// order. After an error none of the record was written.
    fn append(&self, topic: Topic, partition: u16, bytes: Bytes) -> Result<(), AppendError>;

    /// Which log this is: a name that no other log has, as far as the log knows one.
    fn identity(&self) -> String;

    /// The durable end: the next offset of each partition of that topic. A log elsewhere is asked.
    fn end(&self, topic: Topic) -> Result<Position, LogError>;

    /// Reads a topic from a position on. A partition that the position does not name is read
    /// from its beginning.
    ///
    /// Whoever knows the hashes of the position calls [`Log::resume`]: a log that does not keep
    /// them has to read everything before the position to work them out.
    fn reader(&self, topic: Topic, from: &Position) -> Result<Box<dyn Reader>, LogError>;

    /// The running hash after the record before `next_offset`; the default hash at 0. A log that
    /// does not keep it reads the partition from its beginning.
    fn chain_at(
        &self,
        topic: Topic,
        partition: u16,
        next_offset: u64,
    ) -> Result<ChainHash, LogError>;

    /// Refuses a bookmark that was not made in this log: one past its end, or over other records.
    ///
    /// A log that keeps its hashes compares them; one that does not reads the last record before
    /// the bookmark again. A record that names its producer and its number stands only once.
    fn check(&self, topic: Topic, bookmark: &Bookmark) -> Result<(), LogError> {
        check_position(topic, &bookmark.position(), self.partitions(), &self.end(topic)?)?;
        for (partition, next_offset, link) in bookmark.iter() {
            let found = self.chain_at(topic, partition, next_offset)?;
            if found != link.after {
                let expected = link.after;
                return Err(LogError::Forked { topic, partition, next_offset, expected, found });
            }
        }
        Ok(())
    }

    /// Reads on from a bookmark, once it is checked.
    fn resume(&self, topic: Topic, from: &Bookmark) -> Result<Box<dyn Reader>, LogError> {
        self.check(topic, from)?;
        self.reader(topic, &from.position())
    }
}

/// Goes through one topic.
pub trait Reader: Send {
    /// The next durable records, at most `records_max`, in order within each partition, none
    /// twice and none left out; partitions may be interleaved in any way.
    ///
    /// Waits at most `wait` for the first and then gives what there is; an empty vector says that
    /// nothing came. When the log is closed and all was read the answer is
    /// [`LogError::Closed`]. After any other error the reader stays where it was.
    fn next(&mut self, records_max: usize, wait: Duration) -> Result<Vec<Record>, LogError>;
}

/// What is refused of every record, whatever the log.
pub(crate) fn check_append(
    topic: Topic,
    partition: u16,
    partitions: u16,
    bytes: usize,
) -> Result<(), AppendError> {
    if partition >= partitions {
        return Err(AppendError::NoSuchPartition { partition, partitions });
    }
    let bytes_max = topic.record_bytes_max();
    if bytes > bytes_max {
        return Err(AppendError::TooLong { topic, bytes, bytes_max });
    }
    Ok(())
}

/// Refuses a partition that the log does not have.
pub(crate) fn check_partition(partition: u16, partitions: u16) -> Result<(), LogError> {
    if partition < partitions {
        Ok(())
    } else {
        Err(LogError::NoSuchPartition { partition, partitions })
    }
}

/// Refuses a position that is not within the log.
pub(crate) fn check_position(
    topic: Topic,
    from: &Position,
    partitions: u16,
    end: &Position,
) -> Result<(), LogError> {
    for (partition, asked) in from.iter() {
        check_partition(partition, partitions)?;
        let end = end.next_offset(partition);
        if asked > end {
            return Err(LogError::PastTheEnd { topic, partition, asked, end });
        }
    }
    Ok(())
}

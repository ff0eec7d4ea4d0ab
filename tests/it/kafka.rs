//! Over a real Apache Kafka: one history and two logs, brokers that are killed, logs that are
//! broken, and records that nobody here wrote.

mod broken;
mod foreign;
mod history;
mod kills;

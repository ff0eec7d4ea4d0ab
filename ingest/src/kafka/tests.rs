//! The log over Kafka keeps the contract: on librdkafka's mock cluster, and on a real Apache Kafka
//! where `ROOMNIGHT_KAFKA` names one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

use crate::contract::{self, Subject};
use crate::{Log, Topic};

use super::{KafkaLog, KafkaOptions, create_topics};

mod errors;
mod real;

/// A name that no other test has.
fn prefix() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let random = getrandom::u32().expect("the system has randomness");
    format!("test-{random:08x}-{}.", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn options(brokers: String, partitions: u16) -> KafkaOptions {
    KafkaOptions {
        topic_prefix: prefix(),
        accept_single_broker: true,
        fetch_wait_max: Duration::from_millis(5),
        overrides: vec![("retry.backoff.ms".to_owned(), "10".to_owned())],
        ..KafkaOptions::new(brokers, partitions)
    }
}

/// librdkafka's own brokers, in this process.
struct Mock {
    cluster: MockCluster<'static, DefaultProducerContext>,
    options: Option<KafkaOptions>,
}

impl Mock {
    fn new() -> Self {
        Self { cluster: MockCluster::new(3).expect("a cluster"), options: None }
    }

    /// A log on new topics; the mock has no settings of topics, so none are checked.
    fn log(&mut self, partitions: u16) -> KafkaLog {
        let options = options(self.cluster.bootstrap_servers(), partitions);
        for topic in Topic::ALL {
            let name = options.topic_name(*topic);
            self.cluster.create_topic(&name, i32::from(partitions), 3).expect("a topic");
        }
        self.options = Some(options.clone());
        KafkaLog::connect(options).expect("a log")
    }
}

impl Subject for Mock {
    fn create(&mut self, partitions: u16) -> Arc<dyn Log> {
        Arc::new(self.log(partitions))
    }

    fn reopen(&mut self, log: Arc<dyn Log>) -> Option<Arc<dyn Log>> {
        drop(log);
        let options = self.options.clone().expect("a log was created");
        Some(Arc::new(KafkaLog::connect(options).expect("the log again")))
    }
}

/// A real cluster.
struct Real {
    brokers: String,
    options: Option<KafkaOptions>,
}

impl Real {
    /// The cluster that the environment names. Says loudly when there is none.
    fn found() -> Option<Self> {
        let brokers = std::env::var("ROOMNIGHT_KAFKA")
            .ok()
            .filter(|brokers| !brokers.is_empty() && brokers != "none");
        if brokers.is_none() {
            eprintln!("NOT TESTED over Apache Kafka: ROOMNIGHT_KAFKA names no brokers");
        }
        Some(Self { brokers: brokers?, options: None })
    }

    fn log(&mut self, partitions: u16) -> KafkaLog {
        let options = options(self.brokers.clone(), partitions);
        create_topics(&options).expect("topics");
        self.options = Some(options.clone());
        KafkaLog::open(options).expect("a log")
    }
}

impl Subject for Real {
    fn create(&mut self, partitions: u16) -> Arc<dyn Log> {
        Arc::new(self.log(partitions))
    }

    fn reopen(&mut self, log: Arc<dyn Log>) -> Option<Arc<dyn Log>> {
        drop(log);
        let options = self.options.clone().expect("a log was created");
        Some(Arc::new(KafkaLog::open(options).expect("the log again")))
    }
}

#[test]
fn it_keeps_the_contract_on_the_mock_with_one_partition() {
    contract::check(&mut Mock::new(), 1);
}

#[test]
fn it_keeps_the_contract_on_the_mock_with_four_partitions() {
    contract::check(&mut Mock::new(), 4);
}

#[test]
fn it_keeps_the_contract_on_apache_kafka() {
    let Some(mut real) = Real::found() else { return };
    contract::check(&mut real, 1);
    contract::check(&mut real, 4);
}

//! How topics must be set for the log to be what it promises, and how they are made so.

use std::time::{Duration, Instant};

use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;

use crate::Topic;

use super::block_on::block_on;
use super::client::{self, BATCH_BYTES_MAX};
use super::error::{KafkaError, Refusal};
use super::options::KafkaOptions;

/// On how many brokers each record stands.
const REPLICAS: i32 = 3;
/// On how many of them it must stand before it counts.
const IN_SYNC_MIN: i64 = 2;

/// What a setting may be.
enum Wanted {
    Is(&'static str),
    AtLeast(i64),
    /// Long enough for a record of the topic, and no longer than anything here takes.
    BatchBytes,
}

/// Each setting that decides whether records can be lost, changed or cost too much.
const SETTINGS: &[(&str, Wanted)] = &[
    ("cleanup.policy", Wanted::Is("delete")),
    ("retention.ms", Wanted::Is("-1")),
    ("retention.bytes", Wanted::Is("-1")),
    ("unclean.leader.election.enable", Wanted::Is("false")),
    // A stamp of the client decides nothing here, and must not decide what a broker refuses.
    ("message.timestamp.type", Wanted::Is("LogAppendTime")),
    // Nothing that could unpack to more than was sent.
    ("compression.type", Wanted::Is("uncompressed")),
    ("max.message.bytes", Wanted::BatchBytes),
    ("min.insync.replicas", Wanted::AtLeast(IN_SYNC_MIN)),
];

impl Wanted {
    fn is_met(&self, topic: Topic, found: &str) -> bool {
        match self {
            Self::Is(value) => *value == found,
            Self::AtLeast(least) => found.parse::<i64>().is_ok_and(|found| found >= *least),
            Self::BatchBytes => found.parse::<usize>().is_ok_and(|found| {
                (client::batch_bytes_min(topic)..=BATCH_BYTES_MAX).contains(&found)
            }),
        }
    }

    /// The value to set.
    fn value(&self) -> String {
        match self {
            Self::Is(value) => (*value).to_owned(),
            Self::AtLeast(least) => least.to_string(),
            Self::BatchBytes => BATCH_BYTES_MAX.to_string(),
        }
    }
}

/// Whether a topic was made or was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its name.
    pub topic: String,
    /// It was there before and is as it was.
    pub was_there: bool,
}

fn admin(options: &KafkaOptions) -> Result<AdminClient<DefaultClientContext>, KafkaError> {
    let mut config = client::config(options);
    client::override_with(&mut config, options);
    config.create().map_err(|error| KafkaError::Configuration(error.to_string()))
}

fn admin_options(options: &KafkaOptions) -> AdminOptions {
    let wait = Some(options.answer_max);
    AdminOptions::new().request_timeout(wait).operation_timeout(wait)
}

fn unreachable(options: &KafkaOptions, what: impl ToString) -> KafkaError {
    KafkaError::Unreachable { brokers: options.brokers.clone(), what: what.to_string() }
}

/// Makes every topic that is not there, as it must be set. Topics that are there stay as they are;
/// opening the log checks them.
pub fn create_topics(options: &KafkaOptions) -> Result<Vec<Created>, KafkaError> {
    let single = options.accept_single_broker;
    let replicas = if single { 1 } else { REPLICAS };
    let names: Vec<String> = Topic::ALL.iter().map(|topic| options.topic_name(*topic)).collect();
    let values: Vec<(&str, String)> =
        SETTINGS.iter().map(|(key, wanted)| (*key, value_at(single, key, wanted))).collect();
    let topics: Vec<NewTopic<'_>> = names
        .iter()
        .map(|name| {
            let replication = TopicReplication::Fixed(replicas);
            let topic = NewTopic::new(name, i32::from(options.partitions), replication);
            values.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
        })
        .collect();
    let admin = admin(options)?;
    let results = block_on(admin.create_topics(&topics, &admin_options(options)))
        .map_err(|error| unreachable(options, error))?;
    let created = results.into_iter().map(|result| match result {
        Ok(topic) => Ok(Created { topic, was_there: false }),
        Err((topic, RDKafkaErrorCode::TopicAlreadyExists)) => {
            Ok(Created { topic, was_there: true })
        }
        Err((topic, code)) => Err(KafkaError::Create { topic, what: code.to_string() }),
    });
    let created = created.collect::<Result<Vec<_>, _>>()?;
    wait_for(options, &admin, &names)?;
    Ok(created)
}

/// Waits until each topic has a leader for every partition: before that it takes nothing.
fn wait_for(
    options: &KafkaOptions,
    admin: &AdminClient<DefaultClientContext>,
    names: &[String],
) -> Result<(), KafkaError> {
    let until = Instant::now() + options.answer_max;
    for name in names {
        loop {
            match partitions_of(options, admin.inner(), name) {
                Ok(shapes) if shapes.iter().all(|shape| shape.has_leader) => break,
                Ok(_) | Err(KafkaError::NoTopic { .. }) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Ok(_) => return Err(unreachable(options, format!("`{name}` has no leaders"))),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

fn value_at(is_single: bool, key: &str, wanted: &Wanted) -> String {
    if is_single && key == "min.insync.replicas" { "1".to_owned() } else { wanted.value() }
}

/// Refuses topics that are not there, have another number of partitions, or are set so that
/// records could be lost.
pub(super) fn check(options: &KafkaOptions) -> Result<(), KafkaError> {
    let admin = admin(options)?;
    let mut refusals = Vec::new();
    for topic in Topic::ALL {
        check_shape(options, &admin, *topic, &mut refusals)?;
    }
    let names: Vec<String> = Topic::ALL.iter().map(|topic| options.topic_name(*topic)).collect();
    let which: Vec<_> = names.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
    let resources = block_on(admin.describe_configs(&which, &admin_options(options)))
        .map_err(|error| unreachable(options, error))?;
    for (topic, resource) in Topic::ALL.iter().zip(resources) {
        let resource = resource.map_err(|error| unreachable(options, error))?;
        check_settings(options, *topic, &resource, &mut refusals);
    }
    if !refusals.is_empty() {
        return Err(KafkaError::Refused(refusals));
    }
    if options.accept_single_broker {
        tracing::warn!(
            brokers = %options.brokers,
            "the log stands on a single broker by configuration: what was acknowledged is lost \
             with its disk"
        );
    }
    Ok(())
}

fn check_shape(
    options: &KafkaOptions,
    admin: &AdminClient<DefaultClientContext>,
    topic: Topic,
    refusals: &mut Vec<Refusal>,
) -> Result<(), KafkaError> {
    let name = options.topic_name(topic);
    let partitions = partitions_of(options, admin.inner(), &name)?;
    if partitions.len() != usize::from(options.partitions) {
        let (found, wanted) = (partitions.len(), options.partitions);
        return Err(KafkaError::Partitions { topic: name, found, wanted });
    }
    let fewest = partitions.iter().map(|shape| shape.replicas).min().unwrap_or(0);
    if fewest < REPLICAS as usize && !options.accept_single_broker {
        let remedy = "spread the topic over three brokers with kafka-reassign-partitions.sh, or \
                      for development accept a single broker";
        refusals.push(Refusal {
            topic: name,
            key: "replication.factor",
            found: fewest.to_string(),
            wanted: format!("{REPLICAS} or more"),
            remedy: remedy.to_owned(),
        });
    }
    Ok(())
}

/// What is known of a partition.
pub(super) struct Shape {
    replicas: usize,
    has_leader: bool,
}

/// What is known of each partition of a topic.
pub(super) fn partitions_of<C: rdkafka::ClientContext>(
    options: &KafkaOptions,
    client: &rdkafka::client::Client<C>,
    name: &str,
) -> Result<Vec<Shape>, KafkaError> {
    let metadata = client
        .fetch_metadata(Some(name), options.answer_max)
        .map_err(|error| unreachable(options, error))?;
    let topic = metadata.topics().iter().find(|topic| topic.name() == name);
    match topic {
        Some(topic) if topic.error().is_none() => Ok(topic
            .partitions()
            .iter()
            .map(|partition| Shape {
                replicas: partition.replicas().len(),
                has_leader: partition.leader() >= 0,
            })
            .collect()),
        _ => {
            let (topic, brokers) = (name.to_owned(), options.brokers.clone());
            Err(KafkaError::NoTopic { topic, brokers })
        }
    }
}

fn check_settings(
    options: &KafkaOptions,
    topic: Topic,
    resource: &ConfigResource,
    refusals: &mut Vec<Refusal>,
) {
    let name = options.topic_name(topic);
    for (key, wanted) in SETTINGS {
        if options.accept_single_broker && *key == "min.insync.replicas" {
            continue;
        }
        let entry = resource.get(key).and_then(|entry| entry.value.as_deref());
        let found = entry.unwrap_or("nothing");
        if wanted.is_met(topic, found) {
            continue;
        }
        let value = wanted.value();
        let remedy = format!(
            "kafka-configs.sh --bootstrap-server {} --alter --entity-type topics --entity-name \
             {name} --add-config {key}={value}",
            options.brokers,
        );
        let found = found.to_owned();
        refusals.push(Refusal { topic: name.clone(), key, found, wanted: value, remedy });
    }
}

//! From understood arguments to work done, and to the code with which the process ends.

use std::io::{self, Write};
use std::num::{NonZeroU16, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use events::{Position, Stay};
use ingest::KafkaLog;

use crate::args::{
    Arguments, BenchArguments, Capacity, ConfigArguments, KafkaArguments, KeysArguments, KeysTask,
    LogArguments, LogTask, PolicyArguments, ReplayArguments, ServeArguments, ServerArguments,
    TailArguments, Task, TopicsArguments, TopicsTask, TuneTask,
};
use crate::bench::{self, BenchError};
use crate::clock::HistoryClock;
use crate::config::{Config, ConfigError, Effective, Sources};
use crate::dataset::{self, HistoryError};
use crate::demo::{self, DemoError};
use crate::directory::DataFolder;
use crate::keys::{self, KeyError};
use crate::log::{self, LogOpenError};
use crate::messages::{self, MessagesError};
use crate::replay::{Manner, ReplayError, replay};
use crate::run::{Parts, RunError, System};
use crate::serve::{self, ServerError};
use crate::tail::{self, Range, TailError};
use crate::tally::Tally;
use crate::tune::{self, Shelf, TuneError, Tuner};
use crate::verify;

/// The code of a task that failed, and of an audit that found a violation.
const EXIT_FAILED: u8 = 1;

/// The code of an audit that could not be made; clap ends with it too when it does not understand.
const EXIT_UNUSABLE: u8 = 2;

/// Why a task failed.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The demo.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The server.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The history.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The replay.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The system of a replay.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A replay onto what is there already.
    #[error("{0} is not empty: a replay needs a log of its own; name a new folder with --data")]
    NotEmpty(PathBuf),
    /// A replay onto topics that hold something.
    #[error(
        "the topics of {brokers} hold records up to {end}: a replay needs a log of its own; name \
         other topics with --topic-prefix and make them with `roomnight topics create`"
    )]
    TopicsNotEmpty {
        /// Which cluster.
        brokers: String,
        /// What they hold.
        end: Position,
    },
    /// Topics of no cluster.
    #[error("no brokers are named: name them with --kafka, or as kafka.brokers in roomnight.toml")]
    NoBrokers,
    /// Topics could not be made.
    #[error("the topics are not as they must be")]
    Topics(#[from] LogOpenError),
    /// The audit could not be made.
    #[error(transparent)]
    Verify(#[from] verify::VerifyError),
    /// A bench.
    #[error(transparent)]
    Bench(#[from] BenchError),
    /// The log.
    #[error(transparent)]
    Tail(#[from] TailError),
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A policy.
    #[error(transparent)]
    Tune(#[from] TuneError),
    /// Nights that are none.
    #[error("`--from` and `--to` are no nights")]
    Nights(#[from] events::NightError),
    /// Messages.
    #[error(transparent)]
    Messages(#[from] MessagesError),
    /// A folder cannot be made or the output is closed.
    #[error("the system refuses")]
    Io(#[from] io::Error),
}

/// Does what is asked; errors are told on standard error. The answer is the exit code.
pub fn run(arguments: Arguments) -> u8 {
    let is_audit = matches!(arguments.task, Task::Verify(_));
    match perform(arguments.task) {
        Ok(code) => code,
        // Whoever reads the output has had enough, as `head` does.
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) => {
            eprintln!("roomnight: {}", messages::chain(&error));
            if is_audit { EXIT_UNUSABLE } else { EXIT_FAILED }
        }
    }
}

fn perform(task: Task) -> Result<u8, TaskError> {
    match task {
        Task::Demo(arguments) => demo::run(&arguments)?,
        Task::Serve(arguments) => run_serve(arguments)?,
        Task::Replay(arguments) => run_replay(&arguments)?,
        Task::Verify(arguments) => return run_verify(&arguments),
        Task::Bench(arguments) => run_bench(&arguments)?,
        Task::Topics(TopicsTask::Create(arguments)) => run_topics_create(&arguments)?,
        Task::Tune(task) => run_tune(task)?,
        Task::Log(LogTask::Tail(arguments)) => run_tail(arguments)?,
        Task::Log(LogTask::DeadLetters(arguments)) => run_dead_letters(&arguments)?,
        Task::Keys(KeysTask::Create(arguments)) => run_keys_create(&arguments)?,
        Task::Config(arguments) => run_config(&arguments)?,
    }
    Ok(0)
}

fn run_serve(arguments: ServeArguments) -> Result<(), TaskError> {
    let ServeArguments { data, listen, config, kafka } = arguments;
    let sources = with_kafka(Sources::of_process(config.as_deref(), Some(&data))?, &kafka);
    let sources = sources.flag("listen", listen.map(|address| address.to_string()));
    Ok(serve::run(DataFolder::at(data), &sources)?)
}

fn run_replay(arguments: &ReplayArguments) -> Result<(), TaskError> {
    messages::set_up("warn")?;
    let temporary = match arguments.data {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("roomnight-replay-").tempdir()?),
    };
    let path = arguments.data.as_deref().or(temporary.as_ref().map(tempfile::TempDir::path));
    let folder = DataFolder::at(path.unwrap_or(Path::new(".")));
    if !folder.is_new()? {
        return Err(TaskError::NotEmpty(folder.path().to_path_buf()));
    }
    let mut config = Effective::load(&with_kafka(Sources::default(), &arguments.kafka))?.config;
    config.engine.workers = arguments.workers;
    config.engine.records_max = arguments.batch;
    let history = dataset::open(arguments.dataset)?;
    let (tally, clock) = (Arc::new(Tally::default()), Arc::new(HistoryClock::live()));
    let listener = Some(tally.listener());
    let parts = Parts { folder, clock: Arc::clone(&clock) as _, listener };
    let system = System::start(&config, parts)?;
    let end = system.log_end()?;
    if end != Position::default() {
        return Err(TaskError::TopicsNotEmpty { brokers: config.kafka.brokers, end });
    }
    let capacity = match arguments.capacity {
        Capacity::AdmitAll => datasets::Capacity::AdmitAll,
        Capacity::Real => datasets::Capacity::Real,
    };
    let manner = Manner { capacity, rate: arguments.rate };
    let outcome = replay(&system, &tally, &clock, history.as_ref(), manner, |_| ())?;
    system.stop()?;
    let text = if arguments.json { outcome.json() } else { outcome.to_string() };
    Ok(writeln!(io::stdout(), "{text}")?)
}

fn run_verify(arguments: &LogArguments) -> Result<u8, TaskError> {
    let config = config_of(&arguments.data, &arguments.kafka)?;
    let report = verify::audit(&arguments.data, &config)?;
    writeln!(io::stdout(), "{report}")?;
    Ok(if report.violation.is_some() { EXIT_FAILED } else { 0 })
}

fn run_bench(arguments: &BenchArguments) -> Result<(), TaskError> {
    messages::set_up("warn")?;
    let manner = bench::Manner {
        is_tiny: arguments.tiny,
        seconds: arguments.seconds.get(),
        rounds: if arguments.tiny { 1 } else { NonZeroUsize::get(arguments.rounds) },
        data: arguments.data.clone(),
        kafka: kafka_words(&arguments.kafka),
    };
    let figures = bench::run(arguments.bench, &manner)?;
    let text = if arguments.json { figures.json() } else { figures.to_string() };
    Ok(write!(io::stdout(), "{text}")?)
}

fn run_tail(arguments: TailArguments) -> Result<(), TaskError> {
    let TailArguments { data, from, partition, limit, kafka } = arguments;
    let log = tail::open(&DataFolder::at(&data), &config_of(&data, &kafka)?)?.log();
    let mut out = io::BufWriter::new(io::stdout().lock());
    tail::commands(&*log, &Range { from, partition, limit }, &mut out)?;
    Ok(out.flush()?)
}

fn run_dead_letters(arguments: &LogArguments) -> Result<(), TaskError> {
    let LogArguments { data, kafka } = arguments;
    let log = tail::open(&DataFolder::at(data), &config_of(data, kafka)?)?.log();
    let mut out = io::BufWriter::new(io::stdout().lock());
    tail::dead_letters(&*log, &mut out)?;
    Ok(out.flush()?)
}

fn run_tune(task: TuneTask) -> Result<(), TaskError> {
    let connect = |arguments: &ServerArguments| {
        let key = std::env::var(tune::KEY_VARIABLE).ok();
        Tuner::connect(arguments.server, key.as_deref())
    };
    let said = match task {
        TuneTask::Check { file } => {
            let (kind, _) = tune::check(&file)?;
            format!("{} is a policy of {}", file.display(), kind.name())
        }
        TuneTask::Stage { property, version, file, server } => {
            let (kind, text) = tune::check(&file)?;
            connect(&server)?.stage(&Shelf { property, kind }, &version, &text)?
        }
        TuneTask::Diff { named, from, to, json } => {
            let PolicyArguments { property, kind, version, server } = named;
            let nights = Stay::new(from, to)?;
            let diff = connect(&server)?.diff(&Shelf { property, kind }, &version, nights)?;
            if json { diff.json().to_owned() } else { diff.to_string().trim_end().to_owned() }
        }
        TuneTask::Promote { named } => {
            let PolicyArguments { property, kind, version, server } = named;
            connect(&server)?.promote(&Shelf { property, kind }, &version)?
        }
        TuneTask::Rollback { property, kind, server } => {
            connect(&server)?.rollback(&Shelf { property, kind })?
        }
    };
    Ok(writeln!(io::stdout(), "{said}")?)
}

fn run_keys_create(arguments: &KeysArguments) -> Result<(), TaskError> {
    let KeysArguments { name, scopes } = arguments;
    Ok(write!(io::stdout(), "{}", keys::create(name, scopes)?)?)
}

fn run_config(arguments: &ConfigArguments) -> Result<(), TaskError> {
    let sources = Sources::of_process(arguments.config.as_deref(), arguments.data.as_deref())?;
    Ok(write!(io::stdout(), "{}", Effective::load(&sources)?)?)
}

fn config_of(data: &Path, kafka: &KafkaArguments) -> Result<Config, ConfigError> {
    let sources = Sources::of_process(None, Some(data))?;
    Ok(Effective::load(&with_kafka(sources, kafka))?.config)
}

/// What the flags say of the log.
fn with_kafka(sources: Sources, kafka: &KafkaArguments) -> Sources {
    sources
        .flag("kafka.brokers", kafka.kafka.clone())
        .flag("kafka.topic_prefix", kafka.topic_prefix.clone())
        .flag("kafka.accept_single_broker", kafka.accept_single_broker.then_some(true))
}

/// The flags again, for another process.
fn kafka_words(kafka: &KafkaArguments) -> Vec<String> {
    let KafkaArguments { kafka, topic_prefix, accept_single_broker } = kafka;
    let flag = |name: &str, value: &Option<String>| {
        value.iter().flat_map(|value| [name.to_owned(), value.clone()]).collect::<Vec<_>>()
    };
    let mut words = flag("--kafka", kafka);
    words.extend(flag("--topic-prefix", topic_prefix));
    words.extend(accept_single_broker.then(|| "--accept-single-broker".to_owned()));
    words
}

fn run_topics_create(arguments: &TopicsArguments) -> Result<(), TaskError> {
    let TopicsArguments { data, config, partitions, kafka } = arguments;
    let sources = with_kafka(Sources::of_process(config.as_deref(), data.as_deref())?, kafka);
    let sources = sources.flag("log.partitions", partitions.map(NonZeroU16::get));
    let config = Effective::load(&sources)?.config;
    if !config.kafka.is_named() {
        return Err(TaskError::NoBrokers);
    }
    let options = log::kafka_options(&config)?;
    let mut out = io::stdout();
    for made in ingest::kafka::create_topics(&options).map_err(LogOpenError::from)? {
        let how = if made.was_there { "was there" } else { "made" };
        writeln!(out, "{} {how}, {} partitions", made.topic, options.partitions)?;
    }
    // What was there is looked at as every start does.
    KafkaLog::open(options).map_err(LogOpenError::from)?.close();
    Ok(())
}

fn is_broken_pipe(error: &TaskError) -> bool {
    let error = match error {
        TaskError::Io(error) | TaskError::Tail(TailError::Write(error)) => error,
        _ => return false,
    };
    error.kind() == io::ErrorKind::BrokenPipe
}

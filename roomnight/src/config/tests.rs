//! Precedence, unknown keys, and what must not be shown.

use super::{Effective, Sources, show};

fn sources(file: &str, environment: &[(&str, &str)]) -> Sources {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Sources {
        file: Some(("/etc/roomnight.toml".into(), file.to_owned())),
        environment: environment.iter().map(owned).collect(),
        flags: Vec::new(),
    }
}

#[test]
fn later_sources_win() {
    let file = "listen = \"127.0.0.1:1\"\n[engine]\nworkers = 2\nrecords_max = 7\n";
    let sources = sources(
        file,
        &[("ROOMNIGHT__ENGINE__WORKERS", "3"), ("ROOMNIGHT__LISTEN", "127.0.0.1:2"), ("HOME", "/")],
    )
    .flag("listen", Some("127.0.0.1:3"))
    .flag("engine.workers", None::<u64>);
    let effective = Effective::load(&sources).expect("all keys are known");
    assert_eq!(effective.config.listen, "127.0.0.1:3");
    assert_eq!(effective.config.engine.workers.get(), 3);
    assert_eq!(effective.config.engine.records_max.get(), 7);
    assert_eq!(effective.config.ticks.open_ms.get(), 250);
    let shown = effective.to_string();
    for line in [
        "listen = \"127.0.0.1:3\"  # the command line",
        "engine.workers = 3  # the environment (ROOMNIGHT__ENGINE__WORKERS)",
        "engine.records_max = 7  # /etc/roomnight.toml",
        "ticks.open_ms = 250  # default",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line} is not in\n{shown}");
    }
}

#[test]
fn what_is_shown_can_be_read_again() {
    let effective = Effective::load(&Sources::default()).expect("defaults are valid");
    let again = Effective::load(&sources(&effective.to_string(), &[])).expect("it is TOML");
    assert_eq!(again.config, effective.config);
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known() {
    let refused =
        |sources: Sources| Effective::load(&sources).expect_err("the key is not known").to_string();
    assert_eq!(
        refused(sources("[engine]\nwrokers = 2\n", &[])),
        "unknown key `engine.wrokers` in /etc/roomnight.toml: did you mean `engine.workers`? \
         `roomnight config` lists all"
    );
    assert_eq!(
        refused(sources("", &[("ROOMNIGHT__LOG__PARTITION", "2")])),
        "unknown key `log.partition` in the environment (ROOMNIGHT__LOG__PARTITION): did you mean \
         `log.partitions`? `roomnight config` lists all"
    );
}

#[test]
fn a_value_of_another_type_is_refused_with_its_key() {
    let error = Effective::load(&sources("[engine]\nworkers = 0\n", &[])).expect_err("none work");
    let text = error.to_string();
    assert!(text.contains("engine.workers") && text.contains("/etc/roomnight.toml"), "{text}");
    let error = Effective::load(&sources("listen = ", &[])).expect_err("this is not TOML");
    assert!(error.to_string().contains("/etc/roomnight.toml"), "{error}");
}

#[test]
fn secrets_are_masked() {
    let masked = |key: &str| show::shown(key, &figment::value::Value::from("hunter2"));
    assert_eq!(masked("serving.api_key"), "\"****\"");
    assert_eq!(masked("log.password"), "\"****\"");
    assert_eq!(masked("listen"), "\"hunter2\"");
    let list = ["sasl.password=hunter2", "security.protocol=ssl"].map(figment::value::Value::from);
    let list = figment::value::Value::from(list.to_vec());
    assert_eq!(show::shown("kafka.client", &list), "[\"****\", \"security.protocol=ssl\"]");
    let table = figment::util::nest("name.secret", "hunter2".into());
    assert_eq!(show::shown("", &table), "{ name = { secret = \"****\" } }");
}

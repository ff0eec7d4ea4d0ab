//! The committed document is the generated one, and it describes the routes that there are.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document;
use crate::paths;

fn parsed() -> Value {
    serde_json::from_str(document()).expect("the document is JSON")
}

#[test]
fn openapi_is_the_committed_copy() {
    let path = "../docs/openapi.json";
    if std::env::var_os("ROOMNIGHT_WRITE_OPENAPI").is_some() {
        std::fs::write(path, document()).expect("docs/openapi.json can be written");
    }
    let committed = std::fs::read_to_string(path).expect("docs/openapi.json can be read");
    assert!(
        committed == document(),
        "docs/openapi.json is not what the code describes: write it anew with \
         `ROOMNIGHT_WRITE_OPENAPI=1 cargo test --release -p serving openapi`"
    );
}

#[test]
fn openapi_describes_every_path() {
    let document = parsed();
    assert_eq!(document["openapi"], "3.1.0");
    let described = document["paths"].as_object().expect("an object").keys().map(String::as_str);
    assert_eq!(described.collect::<BTreeSet<_>>(), paths::ALL.iter().copied().collect());
}

#[test]
fn openapi_describes_methods_that_there_are() {
    let stack = crate::testing::Stack::stopped(std::time::Duration::ZERO);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    for (path, methods) in parsed()["paths"].as_object().expect("an object") {
        for method in methods.as_object().expect("an object").keys() {
            let path = path.replace(['{', '}'], "");
            let request = axum::http::Request::builder()
                .method(method.to_ascii_uppercase().as_str())
                .uri(&path)
                .body(axum::body::Body::empty())
                .expect("a request");
            let answer = runtime.block_on(stack.send(request));
            let body = String::from_utf8_lossy(&answer.bytes);
            assert_ne!(answer.status, 405, "{method} {path}");
            assert!(!body.contains("route-unknown"), "{method} {path}");
        }
    }
}

#[test]
fn openapi_refers_only_to_what_it_contains() {
    let document = parsed();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a reference within the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

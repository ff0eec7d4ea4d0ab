//! The signals: read from where the state stands, told to those who wait and to the views, counted.

use std::sync::Arc;

use dataflows::intake::{Ear, OnFailure};
use dataflows::{EngineError, Hearing, Intake};
use ingest::Topic;
use serving::App;

use crate::run::RunError;

/// Reads the topics of signals on from their bookmarks.
pub(crate) fn start(
    app: &Arc<App>,
    hearing: Hearing,
    on_fatal: fn(&EngineError),
) -> Result<Intake, RunError> {
    let bookmarks = Topic::SIGNALS.iter().map(|topic| Ok((*topic, app.store.bookmark(*topic)?)));
    let bookmarks = bookmarks.collect::<Result<_, storage::Error>>()?;
    let letters = hearing.letters();
    let listening = Arc::clone(app);
    let ear: Ear = Arc::new(move |heard| {
        listening.batches.heard(heard.observations);
        let accepted_count = heard.observations.len() as u64;
        let topic = heard.topic.name();
        listening.metrics.signals(topic, accepted_count, heard.dead_letters_count);
        hearing.tell(heard);
        Ok(())
    });
    let on_failure: OnFailure = Arc::new(on_fatal);
    Ok(Intake::start(&app.log, &letters, bookmarks, &ear, &on_failure)?)
}

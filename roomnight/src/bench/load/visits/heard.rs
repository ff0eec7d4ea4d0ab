//! What guests heard from a server within some span of time.

use std::time::Duration;

use crate::bench::BenchError;
use crate::bench::load::Times;

/// One kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bench) enum Step {
    Look,
    Hold,
    Confirm,
    Cancel,
}

impl Step {
    const ALL: [Self; 4] = [Self::Look, Self::Hold, Self::Confirm, Self::Cancel];

    /// The status of an answer that does what was asked.
    pub(super) fn status_done(self) -> u16 {
        match self {
            Self::Look | Self::Cancel => 200,
            Self::Hold | Self::Confirm => 201,
        }
    }

    /// The member of the answer that the next step needs.
    pub(super) fn member(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Look | Self::Confirm | Self::Cancel => "booking",
        }
    }
}

/// What became of the requests of one kind.
#[derive(Debug, Clone)]
pub(in crate::bench) struct OfStep {
    /// How long after they were due those were answered that were done.
    pub(in crate::bench) done: Times,
    pub(in crate::bench) turned_away_count: u64,
    /// Neither done nor turned away: undecided in time, cut off, or worse.
    pub(in crate::bench) failed_count: u64,
}

/// What was heard.
#[derive(Debug, Clone)]
pub(in crate::bench) struct Heard {
    length: Duration,
    steps: [OfStep; 4],
    /// How long after they were sent requests were turned away.
    pub(in crate::bench) refused: Times,
    /// How long after they were due.
    pub(in crate::bench) refused_since_due: Times,
    /// Visits that were due.
    pub(in crate::bench) due_count: u64,
    /// Visits that found no free connection.
    pub(in crate::bench) unsent_count: u64,
}

impl Heard {
    pub(super) fn new(length: Duration) -> Result<Self, BenchError> {
        let times = Times::new()?;
        let step = OfStep { done: times.clone(), turned_away_count: 0, failed_count: 0 };
        Ok(Self {
            length,
            steps: std::array::from_fn(|_| step.clone()),
            refused: times.clone(),
            refused_since_due: times,
            due_count: 0,
            unsent_count: 0,
        })
    }

    pub(super) fn of(&mut self, step: Step) -> &mut OfStep {
        &mut self.steps[step as usize]
    }

    pub(super) fn turned_away(&mut self, step: Step, since_sent: Duration, since_due: Duration) {
        self.of(step).turned_away_count += 1;
        self.refused.record(since_sent);
        self.refused_since_due.record(since_due);
    }

    /// Requests a second that were done.
    pub(in crate::bench) fn done_per_second(&self) -> f64 {
        Step::ALL.iter().map(|step| self.done_of_per_second(*step)).sum()
    }

    /// Requests of one kind a second that were done.
    pub(in crate::bench) fn done_of_per_second(&self, step: Step) -> f64 {
        self.steps[step as usize].done.count() as f64 / self.length.as_secs_f64()
    }

    /// Visits a second that were due.
    pub(in crate::bench) fn due_per_second(&self) -> f64 {
        self.due_count as f64 / self.length.as_secs_f64()
    }

    /// Which share of the visits was sent, in percent.
    pub(in crate::bench) fn sent_percent(&self) -> f64 {
        100.0 * (1.0 - self.unsent_count as f64 / self.due_count.max(1) as f64)
    }

    /// Which share of confirmations and cancellations was done, in percent; 100 of none.
    pub(in crate::bench) fn settled_percent(&self) -> f64 {
        let of = [Step::Confirm, Step::Cancel].map(|step| &self.steps[step as usize]);
        let done: u64 = of.iter().map(|of| of.done.count()).sum();
        let not = of.iter().map(|of| of.turned_away_count + of.failed_count).sum::<u64>();
        if not == 0 { 100.0 } else { 100.0 * done as f64 / (done + not) as f64 }
    }

    /// How many requests were neither done nor turned away.
    pub(in crate::bench) fn failed_count(&self) -> u64 {
        self.steps.iter().map(|step| step.failed_count).sum()
    }

    /// Requests a second that were turned away.
    pub(in crate::bench) fn refused_per_second(&self) -> f64 {
        self.refused.count() as f64 / self.length.as_secs_f64()
    }

    /// How long after they were due requests were done.
    pub(in crate::bench) fn done(&self) -> Result<Times, BenchError> {
        let mut all = Times::new()?;
        self.steps.iter().for_each(|step| all.add(&step.done));
        Ok(all)
    }
}

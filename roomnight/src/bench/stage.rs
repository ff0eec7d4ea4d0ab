//! A whole system with made-up hotels on it, for the benches that need one.

use std::sync::Arc;

use dataflows::Listener;
use events::{CommandId, PropertyId};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serving::SystemClock;
use tempfile::TempDir;

use super::desk::Desk;
use super::world::World;
use super::{BenchError, Manner};
use crate::config::Config;
use crate::directory::DataFolder;
use crate::hand::Words;
use crate::run::{Parts, System};

/// How much log time a set-up command has to be decided in.
const NOT_AFTER_MS: u64 = 600_000;

/// A system in a folder that goes away with it.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) system: System,
    pub(super) desk: Arc<Desk>,
    pub(super) properties: Vec<PropertyId>,
    /// Dropped last.
    pub(super) folder: TempDir,
}

impl Stage {
    /// Starts a system and defines hotels with that many rooms a night.
    pub(super) fn set(
        manner: &Manner,
        properties: usize,
        rooms: u16,
        clients: usize,
    ) -> Result<Self, BenchError> {
        let folder = manner.folder().map_err(BenchError::io("making a folder for the bench"))?;
        let producer = ChaCha8Rng::from_os_rng().random();
        let desk = Desk::new(producer, clients);
        let listener: Option<Box<dyn Listener>> = Some(desk.listener());
        let clock = Arc::new(SystemClock);
        let parts = Parts { folder: DataFolder::at(folder.path()), clock, listener };
        let mut system = System::start(&Config::default(), parts)?;
        system.own()?;
        let world = World::of_the_coming_year(rooms)?;
        let hand = system.hand()?;
        let mut names = Vec::with_capacity(properties);
        for number in 0..properties {
            names.push(world.property(number)?);
            for (step, command) in (0..).zip(world.define(number)?) {
                hand.append_patiently(Words {
                    id: CommandId::from_key("bench", &format!("{number}/{step}")),
                    sequence: hand.next_sequence(),
                    not_after: system.app().waiters.log_time(0).plus_ms(NOT_AFTER_MS),
                    stamp: system.app().clock.now(),
                    command,
                })?;
            }
        }
        for name in &names {
            system.wait_for_supply(name, world.room_type())?;
        }
        Ok(Self { world, system, desk, properties: names, folder })
    }
}

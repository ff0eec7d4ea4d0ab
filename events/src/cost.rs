//! How much work a command is: the same number at the door and in the ledger.

use crate::{AmendLine, Command, Line, Stay};

/// The most that one command may cost.
pub const COST_MAX: u64 = 50_000;

/// What a command costs, in room-nights: the nights of each line times its rooms, or the nights of
/// a range. Whatever touches no night of its own costs one.
pub fn of(command: &Command) -> u64 {
    match command {
        Command::PlaceHold(hold) => hold.lines.iter().map(of_line).sum(),
        Command::RecordExternalSale(sale) => sale.lines.iter().map(of_line).sum(),
        Command::AmendBooking(amend) => amend.lines.iter().map(of_amended).sum(),
        Command::SetInventory(inventory) => nights(inventory.nights),
        Command::SetRestrictions(restrictions) => nights(restrictions.nights),
        Command::ApplyLimits(apply) => apply.limits.iter().map(|limit| nights(limit.nights)).sum(),
        Command::SetBlock(block) => nights(block.nights),
        Command::DefineProperty(_)
        | Command::DefineRoomType(_)
        | Command::DefineRatePlan(_)
        | Command::LinkRoomType(_)
        | Command::ReleaseBlock(_)
        | Command::AdvanceBusinessDate(_)
        | Command::SetHoldCaps(_)
        | Command::StagePolicy(_)
        | Command::PromotePolicy(_)
        | Command::RollbackPolicy(_)
        | Command::ConfirmHold(_)
        | Command::ReleaseHold(_)
        | Command::CancelBooking(_)
        | Command::RecordFact(_)
        | Command::AnnounceOwner(_)
        | Command::Tick(_) => 1,
    }
}

fn of_line(line: &Line) -> u64 {
    nights(line.stay) * u64::from(line.rooms.max(1))
}

/// A line that keeps its rooms costs its nights: how many rooms it has only the ledger knows.
fn of_amended(line: &AmendLine) -> u64 {
    nights(line.stay) * u64::from(line.rooms.unwrap_or(1).max(1))
}

fn nights(stay: Stay) -> u64 {
    u64::try_from(stay.nights_count()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{COST_MAX, of};
    use crate::{Command, Line, PlaceHold, Stay};

    #[test]
    fn a_hold_costs_its_room_nights() {
        let line = |arrival: &str, departure: &str, rooms| Line {
            room_type: "double".parse().expect("an id"),
            rate_plan: "flexible".parse().expect("an id"),
            stay: Stay::new(arrival.parse().expect("a night"), departure.parse().expect("a night"))
                .expect("a stay"),
            rooms,
            adults: 1,
            children: [].into_iter().collect(),
        };
        let hold = |lines: Vec<Line>| {
            of(&Command::PlaceHold(PlaceHold::direct(
                "grand".parse().expect("an id"),
                1,
                lines.into(),
            )))
        };
        let short = line("2027-03-01", "2027-03-04", 2);
        assert_eq!(hold(vec![short.clone(), short]), 12);
        let long = line("2027-03-01", "2029-02-28", 200);
        assert!(hold(vec![long]) > COST_MAX, "two years of two hundred rooms");
    }
}

//! How much work a command is: the same number at the door and in the ledger.

use crate::Command;

/// The most that one command may cost.
pub const COST_MAX: u64 = 50_000;

/// What a command costs, in room-nights: the nights of each line times its rooms, or the nights of
/// a range. Whatever touches no night costs one.
pub fn of(command: &Command) -> u64 {
    match command {
        Command::PlaceHold(hold) => {
            let of_line = |line: &crate::Line| nights(line.stay) * u64::from(line.rooms.max(1));
            hold.lines.iter().map(of_line).sum()
        }
        Command::SetInventory(inventory) => nights(inventory.nights),
        Command::SetRestrictions(restrictions) => nights(restrictions.nights),
        _ => 1,
    }
}

fn nights(stay: crate::Stay) -> u64 {
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

//! What each problem says to people: a title that never changes and a detail that says what to do.

use events::Reason;

use crate::problem::Kind;

/// Title and detail of each refusal.
pub(super) const REASONS: &[(Reason, &str, &str)] = &[
    (
        Reason::Misrouted,
        "Misrouted",
        "The request was sent to the wrong slot. This is a defect: please report it with the \
         trace id.",
    ),
    (
        Reason::IdReused,
        "Idempotency key reused",
        "This Idempotency-Key was used before with another request. Use a new key for a new \
         request.",
    ),
    (
        Reason::Stale,
        "Not decided in time",
        "The request waited in the log for longer than it may, and nothing was changed. Send it \
         again with a new key.",
    ),
    (
        Reason::EpochSuperseded,
        "Superseded",
        "Another process owns this part of the log by now. Send the request to it.",
    ),
    (
        Reason::TooLarge,
        "Too large",
        "The request speaks of more lines, rooms or nights than one may. Split it.",
    ),
    (
        Reason::PropertyUnknown,
        "Unknown property",
        "There is no such property. Create it with PUT /v1/properties/{property}.",
    ),
    (
        Reason::CurrencyMismatch,
        "Currency mismatch",
        "All prices of a property are in its currency, which cannot change once a rate plan is \
         priced in it.",
    ),
    (
        Reason::RoomTypeUnknown,
        "Unknown room type",
        "The property has no such room type. Create it with PUT \
         /v1/properties/{property}/room-types/{room_type}.",
    ),
    (
        Reason::RatePlanUnknown,
        "Unknown rate plan",
        "The property has no such rate plan. Create it with PUT \
         /v1/properties/{property}/rate-plans/{rate_plan}.",
    ),
    (
        Reason::RatePlanExcludesRoomType,
        "Not sold on this rate plan",
        "The rate plan does not sell that room type. Choose another rate plan.",
    ),
    (
        Reason::RatePlanExcludesChannel,
        "Not sold through this channel",
        "The rate plan is not sold through that channel. Choose another rate \
         plan.",
    ),
    (
        Reason::RatePlanOccupancy,
        "Not sold to so many guests",
        "The rate plan is not sold to so few or so many guests a room. Choose \
         another rate plan.",
    ),
    (
        Reason::BlockedExceedsRooms,
        "More rooms blocked than exist",
        "At most as many rooms can be blocked as exist.",
    ),
    (
        Reason::TooManyGuests,
        "Too many guests",
        "The rooms of a line take fewer guests than it names. Ask for more rooms or a larger \
         type.",
    ),
    (
        Reason::Withdrawn,
        "Withdrawn",
        "The hold was released, or its booking cancelled, before it was placed.",
    ),
    (
        Reason::TooManyOpenHolds,
        "Too many open holds",
        "The account has as many open holds at the property as it may. Confirm or \
         release one.",
    ),
    (
        Reason::BlockUnknown,
        "Unknown block",
        "The property has no such block. Create it with PUT /v1/properties/{property}/blocks/{block}.",
    ),
    (
        Reason::BlockClosed,
        "Block closed",
        "The block was released, or its cut-off date has come. Ask without it for what is free to \
         all.",
    ),
    (
        Reason::NotOfBlock,
        "Block of others",
        "The block is for another channel or account. Ask without it for what is free to all.",
    ),
    (
        Reason::BlockMismatch,
        "Not of the block",
        "The block is of another room type, or has not these nights. All of a hold that names a \
         block is of it.",
    ),
    (
        Reason::DateNotAfter,
        "Date not after the business date",
        "The business date of the property is not before that date. It only moves forward, and a \
         block is cut off on a later one.",
    ),
    (
        Reason::BlockPickedUp,
        "Block picked up",
        "On these nights more is picked up from the block than it would have. Give it as many rooms \
         at least.",
    ),
    (Reason::Closed, "Not on sale", "These nights are not on sale. Nothing was held."),
    (
        Reason::ClosedToArrival,
        "Closed to arrival",
        "Nobody may arrive on this night. Arrive on another.",
    ),
    (
        Reason::ClosedToDeparture,
        "Closed to departure",
        "Nobody may check out on this date. Leave on another.",
    ),
    (
        Reason::MinStayArrival,
        "Stay too short for its arrival",
        "Who arrives on this night stays longer. Ask for more nights.",
    ),
    (
        Reason::MinStayThrough,
        "Stay too short for its nights",
        "Who stays over these nights stays longer. Ask for more nights.",
    ),
    (
        Reason::MaxStay,
        "Stay too long",
        "Who arrives on this night stays shorter. Ask for fewer nights.",
    ),
    (
        Reason::StayPattern,
        "Length of stay not sold",
        "Who arrives on this night stays for another number of nights.",
    ),
    (
        Reason::TooEarly,
        "Too early to book",
        "This night is not sold so long before. Ask again later.",
    ),
    (
        Reason::TooLate,
        "Too late to book",
        "This night is not sold so shortly before. Arrive on another.",
    ),
    (
        Reason::NoRoom,
        "No room left",
        "On these nights too few rooms of the type are left. Nothing was held.",
    ),
    (
        Reason::BlockShort,
        "Too little left in the block",
        "On these nights too few rooms of the block are left. Nothing was held.",
    ),
    (
        Reason::UnpaidShareReached,
        "Too much held and not paid for",
        "On these nights as many rooms are held and not paid for as may be. Ask \
         again later.",
    ),
    (
        Reason::HoldUnknown,
        "Unknown hold",
        "There is no such hold, or it ended long ago. If it is still on its way, a release \
         makes sure that it is refused.",
    ),
    (Reason::HoldReleased, "Hold released", "The hold was released. Place a new one."),
    (Reason::HoldExpired, "Hold expired", "The hold has expired. Place a new one."),
    (
        Reason::HoldConfirmed,
        "Hold confirmed",
        "The hold has become a booking; its id has the same characters after `bk_`.",
    ),
    (
        Reason::ConfirmTooLate,
        "Confirmed too late",
        "The hold has expired, and on these nights its rooms are taken. Nothing was sold.",
    ),
    (
        Reason::BookingUnknown,
        "Unknown booking",
        "There is no such booking. If it is still on its way, a cancellation makes sure that \
         it is refused.",
    ),
    (
        Reason::LineUnknown,
        "Unknown line",
        "The booking has no such line. Lines are counted from 1.",
    ),
    (Reason::BookingCancelled, "Booking cancelled", "The booking is cancelled already."),
    (Reason::LineCancelled, "Line cancelled", "The line is cancelled already."),
    (
        Reason::TombstonesFull,
        "Too many withdrawals of unknown ids",
        "So many ids that nobody knows were withdrawn that no more can be remembered. Try \
         again later with a new key.",
    ),
    (
        Reason::NamedTwice,
        "Named twice",
        "Something is named twice in one request. Name each line or part once.",
    ),
    (
        Reason::LinkNested,
        "Linked over two levels",
        "What a room type is made of cannot itself be made of others. Name rooms that are sold as \
         they are.",
    ),
    (
        Reason::RoomTypeHasRooms,
        "Room type has rooms of its own",
        "What is made of other room types has no rooms of its own. Set its inventory to 0 first.",
    ),
    (
        Reason::RoomTypeClaimed,
        "Room type is held or sold",
        "What is held or sold of it is counted by its parts as they are. Change them when none of \
         it is.",
    ),
    (
        Reason::RoomTypeLinked,
        "Room type is made of others",
        "It has no rooms of its own to set. Set those of its parts.",
    ),
    (
        Reason::PolicyVersionTaken,
        "Version taken",
        "That version of the policy stands for another text already, and does so for ever. Choose \
         another name for the new text.",
    ),
    (
        Reason::PoliciesFull,
        "Too many versions",
        "The property has as many versions of this policy as it may, and none is ever \
         removed. Promote one of them.",
    ),
    (
        Reason::PolicyUnknown,
        "Unknown version",
        "The property has no such version of this policy. Stage it first.",
    ),
    (
        Reason::NothingToRollBack,
        "Nothing to roll back",
        "No version of this policy is in force that could be taken back.",
    ),
    (
        Reason::PolicyNotActive,
        "Policy not in force",
        "The limits were computed by another version of the policy than the one in force. They are \
         computed anew by that one.",
    ),
    (
        Reason::LimitsAhead,
        "Limits of a later position",
        "The limits were computed at a position that the log has not reached.",
    ),
    (
        Reason::LimitsOutdated,
        "Limits outdated",
        "Limits that were computed later are applied already.",
    ),
];

/// Name, title and detail of each error that does not come from the ledger.
pub(super) const KINDS: &[(Kind, &str, &str, &str)] = &[
    (Kind::MalformedJson, "malformed_json", "Malformed JSON", "The body is not JSON."),
    (
        Kind::BodyUnreadable,
        "body_unreadable",
        "Unreadable body",
        "The body could not be read to its end. Send the request again.",
    ),
    (
        Kind::IdempotencyKey,
        "idempotency_key",
        "Idempotency-Key missing or malformed",
        "Every write needs one header Idempotency-Key of 1 to 255 visible ASCII characters. \
         Draw a new one, such as a UUID, for each new request, and repeat it when you repeat \
         the request.",
    ),
    (
        Kind::MalformedPosition,
        "malformed_position",
        "Malformed position",
        "Roomnight-Wait-For is not a position. Send back what a Roomnight-Position header \
         said.",
    ),
    (
        Kind::MalformedDeadline,
        "malformed_deadline",
        "Malformed deadline",
        "Roomnight-Deadline is not a whole number of milliseconds.",
    ),
    (
        Kind::Unauthenticated,
        "unauthenticated",
        "API key missing or unknown",
        "Send an API key as `Authorization: Bearer rn_…`.",
    ),
    (
        Kind::Forbidden,
        "forbidden",
        "API key without that scope",
        "The API key may not be used for this. Use one with the scope that `detail` names.",
    ),
    (
        Kind::RouteUnknown,
        "route_unknown",
        "Unknown route",
        "There is no such route. GET /openapi.json lists those that there are.",
    ),
    (
        Kind::CommandUnknown,
        "command_unknown",
        "Unknown command",
        "No request with this Idempotency-Key is known here, or it was decided too long ago. \
         If you sent one, it is safe to send it again.",
    ),
    (
        Kind::ViewUnknown,
        "view_unknown",
        "Unknown view",
        "There is no view of that name to follow. There are availability, occupancy, pace, price, \
         limit, demand, competitors, market_events and velocity.",
    ),
    (
        Kind::MarketUnknown,
        "market_unknown",
        "Unknown market",
        "No market is called that: its id has 1 to 64 of the characters A-Z a-z 0-9 . _ ~ -. A \
         market that nobody has told anything of is answered with zeros.",
    ),
    (
        Kind::PolicyNotCandidate,
        "policy_not_candidate",
        "Not the candidate",
        "Only the version that was staged last is computed beside the one in force, until it is \
         promoted. Stage the text again under a new name.",
    ),
    (
        Kind::IdentityUnknown,
        "identity_unknown",
        "Unknown identity or attempt",
        "There is no such kind of identity, the text names none of that kind, or no such attempt \
         came in the last day. The kinds are guest, card, email, address, network, device and \
         attempt.",
    ),
    (
        Kind::DeadLetterUnknown,
        "dead_letter_unknown",
        "Unknown dead letter",
        "No record at that place was put aside as unreadable. GET /v1/dead-letters lists those \
         that were.",
    ),
    (
        Kind::MethodNotAllowed,
        "method_not_allowed",
        "Method not allowed",
        "The route does not take this method. The header Allow lists those it takes.",
    ),
    (
        Kind::BodyTooSlow,
        "body_too_slow",
        "Body too slow",
        "The body took too long to arrive. Nothing was changed. Send it again.",
    ),
    (
        Kind::BodyTooLarge,
        "body_too_large",
        "Body too large",
        "The body is longer than 1 MiB, or what it asks for does not fit into a record of the \
         log. Split it.",
    ),
    (
        Kind::UnsupportedMediaType,
        "unsupported_media_type",
        "Unsupported media type",
        "Send the body with the header Content-Type: application/json.",
    ),
    (
        Kind::InvalidInput,
        "invalid_input",
        "Invalid input",
        "Fields are missing, unknown or out of range. `errors` lists them all.",
    ),
    (
        Kind::CardNumber,
        "card_number_in_field",
        "Card number in a field",
        "A text looks like the number of a payment card. Nothing was kept of it. Send no card \
         numbers here; a guest is a reference of your own.",
    ),
    (
        Kind::TooManyRequests,
        "too_many_requests",
        "Too many requests",
        "This client asks more often than it may. Ask again later, and more slowly.",
    ),
    (
        Kind::Deadline,
        "deadline",
        "Deadline passed",
        "The caller's time was over before the request was written. Nothing was changed. Send it \
         again.",
    ),
    (
        Kind::NotThereYet,
        "not_there_yet",
        "Not there yet",
        "This position was not reached within the time a request may wait. Ask again.",
    ),
    (
        Kind::Overloaded,
        "overloaded",
        "Overloaded",
        "More is asked than can be answered in time. Nothing was changed. Send it again later.",
    ),
    (
        Kind::Stopping,
        "stopping",
        "Stopping",
        "This process is about to end and takes no more requests. Send it again.",
    ),
    (
        Kind::NotReady,
        "not_ready",
        "Not ready",
        "This process is not ready to answer yet. Ask again.",
    ),
    (
        Kind::StorageFailed,
        "storage_failed",
        "Storage failed",
        "Storage could not be read. The log of this process says why. Ask again.",
    ),
    (
        Kind::StorageFull,
        "storage_full",
        "Storage full",
        "The disk is all but full. Holds and bookings that stand can be confirmed, released and \
         cancelled; nothing new is taken until there is space. Nothing was changed. Ask again.",
    ),
    (
        Kind::StorageStalled,
        "storage_stalled",
        "Storage stalled",
        "The disk does not answer at the moment. Nothing was changed. Ask again.",
    ),
    (
        Kind::Internal,
        "internal",
        "Internal error",
        "This is a defect of roomnight: please report it with the trace id in the header \
         traceparent.",
    ),
];

-- How often has somebody tried to book of late? See dataflows/src/views/velocity.rs. In this log no
-- attempt is told again after it was forgotten, and none differently with the same time of
-- observation.

-- The network of an address: /24 of IPv4, and /48 of IPv6, of which all addresses here begin with
-- three groups.
CREATE MACRO velocity_network(address) AS CASE
    WHEN address LIKE '%:%' THEN regexp_extract(address, '^([0-9a-f]+:[0-9a-f]+:[0-9a-f]+):', 1) || '::/48'
    ELSE regexp_extract(address, '^([0-9]+\.[0-9]+\.[0-9]+)\.', 1) || '.0/24' END;

CREATE TABLE velocity_tellings AS
SELECT *, minute_of(observed, stamp) AS minute,
       [{kind: 'guest', text: guest}, {kind: 'card', text: card}, {kind: 'email', text: email},
        {kind: 'address', text: address}, {kind: 'network', text: velocity_network(address)},
        {kind: 'device', text: device}] AS named
FROM attempts;

-- The telling of each attempt that holds at a position: what was observed last. All that is told of
-- one is told within an hour or two, so that nothing of before yesterday matters.
CREATE TABLE velocity_holding AS
SELECT position, now, source, id,
       arg_max({minute: minute, property: property, card: card, currency: currency, amount: amount,
                outcome: outcome, named: named}, (observed, -stamp)) AS told
FROM positions JOIN velocity_tellings ON seq < position AND stamp // 60000 > now - 2880
GROUP BY position, now, source, id;

CREATE TABLE velocity_counting AS
SELECT position, now, each.kind AS kind, each.text AS text, minute, property, card, currency,
       amount, outcome
FROM (SELECT position, now, told.minute, told.property, told.card, told.currency, told.amount,
             told.outcome, unnest(told.named) AS each
      FROM velocity_holding WHERE told.minute > now - 1440)
WHERE each.text IS NOT NULL;

CREATE TABLE velocity_amounts AS
SELECT position, kind, text, string_agg(currency || ':' || amount, ' ' ORDER BY currency) AS amounts
FROM (SELECT position, kind, text, currency, sum(amount) AS amount
      FROM velocity_counting GROUP BY position, kind, text, currency HAVING sum(amount) <> 0)
GROUP BY position, kind, text;

CREATE TABLE velocity_expected AS
SELECT position, kind, hash,
       [count(*) FILTER (minute > now - 60), count(*)] AS attempts,
       [count(*) FILTER (outcome = 'booked' AND minute > now - 60),
        count(*) FILTER (outcome = 'booked')] AS bookings,
       count(*) FILTER (outcome = 'declined' AND minute > now - 60) AS declines,
       count(DISTINCT property) AS properties, count(DISTINCT card) AS cards,
       coalesce(any_value(amounts), '') AS amounts
FROM velocity_counting LEFT JOIN velocity_amounts USING (position, kind, text)
LEFT JOIN identities USING (kind, text)
GROUP BY position, kind, text, hash;

CREATE TABLE velocity_told AS
SELECT position, told.* EXCLUDE (seq, gone, until)
FROM (SELECT *, lead(seq, 1, 9223372036854775807) OVER (PARTITION BY kind, hash ORDER BY seq) AS until
      FROM velocity_changes) told
JOIN positions ON seq <= position AND position < until
WHERE NOT gone;

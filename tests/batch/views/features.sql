-- What was known of each identity of an attempt before it? See dataflows/src/views/velocity.rs; the
-- tables are those of velocity.sql, which goes before. A position here is the first telling that
-- names the identity.
CREATE TABLE features_probes AS
WITH named AS (
    SELECT seq, stamp, source, id, unnest(named) AS each FROM velocity_tellings),
firsts AS (
    SELECT source, id, each.kind AS kind, each.text AS text, min(seq) AS position,
           arg_min(stamp // 60000, seq) AS now
    FROM named WHERE each.text IS NOT NULL GROUP BY ALL),
-- Only what the telling that holds in the end names is kept.
last_held AS (
    SELECT source, id, unnest(arg_max(named, (observed, -stamp))) AS each
    FROM velocity_tellings GROUP BY source, id)
SELECT firsts.* FROM firsts JOIN last_held
  ON (firsts.source, firsts.id, firsts.kind, firsts.text)
   = (last_held.source, last_held.id, each.kind, each.text);

-- The other attempts that ever name the identity, as they stood just before.
CREATE TABLE features_held AS
WITH naming AS (
    SELECT DISTINCT source, id, each.kind AS kind, each.text AS text
    FROM (SELECT source, id, unnest(named) AS each FROM velocity_tellings)),
pairs AS (
    SELECT probes.*, naming.source AS other_source, naming.id AS other
    FROM features_probes probes JOIN naming USING (kind, text)
    WHERE (naming.source, naming.id) <> (probes.source, probes.id))
SELECT pairs.position, pairs.source, pairs.id, kind, text, now,
       arg_max({minute: minute, property: property, card: card, currency: currency, amount: amount,
                outcome: outcome, named: named}, (observed, -stamp)) AS told
FROM pairs JOIN velocity_tellings others
  ON (others.source, others.id) = (other_source, other) AND others.seq < pairs.position
GROUP BY pairs.position, pairs.source, pairs.id, kind, text, now, others.source, others.id;

CREATE TABLE features_counting AS
SELECT position, source, id, kind, now, told.*
FROM features_held
WHERE list_contains(told.named, {kind: kind, text: text}) AND told.minute > now - 1440;

CREATE TABLE features_amounts AS
SELECT position, source, id, kind,
       string_agg(currency || ':' || amount, ' ' ORDER BY currency) AS amounts
FROM (SELECT position, source, id, kind, currency, sum(amount) AS amount FROM features_counting
      GROUP BY position, source, id, kind, currency HAVING sum(amount) <> 0)
GROUP BY position, source, id, kind;

CREATE TABLE features_counts AS
SELECT position, source, id, kind,
       [count(*) FILTER (minute > now - 60), count(*)] AS attempts,
       [count(*) FILTER (outcome = 'booked' AND minute > now - 60),
        count(*) FILTER (outcome = 'booked')] AS bookings,
       count(*) FILTER (outcome = 'declined' AND minute > now - 60) AS declines,
       count(DISTINCT property) AS properties, count(DISTINCT card) AS cards
FROM features_counting GROUP BY position, source, id, kind;

CREATE TABLE features_expected AS
SELECT position, source, id, kind, coalesce(attempts, [0, 0]) AS attempts,
       coalesce(bookings, [0, 0]) AS bookings, coalesce(declines, 0) AS declines,
       coalesce(properties, 0) AS properties, coalesce(cards, 0) AS cards,
       coalesce(amounts, '') AS amounts
FROM features_probes LEFT JOIN features_counts USING (position, source, id, kind)
LEFT JOIN features_amounts USING (position, source, id, kind);

CREATE TABLE features_told AS
SELECT position, told.* FROM features_told_last told
LEFT JOIN (SELECT position, source, id, kind FROM features_probes) USING (source, id, kind);

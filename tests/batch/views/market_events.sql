-- What goes on in a market on a night? See dataflows/src/views/market_events.rs. Nothing is told
-- here of an event that was forgotten.
CREATE TABLE market_events_known AS
SELECT position, now, source, id,
       arg_max({market: market, kind: kind, arrival: arrival, departure: departure, impact: impact},
               (observed, impact)) AS event
FROM positions JOIN fairs ON seq < position GROUP BY ALL;

CREATE TABLE market_events_expected AS
WITH nights AS (
    SELECT position, now, event.market AS market, event.kind AS kind, event.impact AS impact,
           unnest(range(event.arrival, event.departure)) AS night
    FROM market_events_known WHERE event.impact > 0)
SELECT position, market, night,
       coalesce(max(impact) FILTER (kind = 'major'), 0) AS major,
       coalesce(max(impact) FILTER (kind = 'conference'), 0) AS conference,
       coalesce(max(impact) FILTER (kind = 'concert'), 0) AS concert,
       coalesce(max(impact) FILTER (kind = 'sports'), 0) AS sports
FROM nights
-- Nights count from 2000-01-01; the day ends twelve hours late.
WHERE night >= (now - 720) // 1440 - 10957
GROUP BY position, market, night;

CREATE TABLE market_events_told AS
SELECT position, told.* EXCLUDE (seq, gone, until)
FROM (SELECT *, lead(seq, 1, 9223372036854775807) OVER (PARTITION BY market, night ORDER BY seq) AS until
      FROM market_events_changes) told
JOIN positions ON seq <= position AND position < until
WHERE NOT gone;

-- How much is searched and booked? See dataflows/src/views/demand.rs. In this log no search is told
-- again after its id was forgotten, and properties say their markets before all else.
CREATE TABLE demand_markets AS
SELECT property, arg_max(market, seq) AS market FROM properties GROUP BY property;

CREATE TABLE demand_held AS
SELECT position, now, source, id,
       arg_max({minute: minute_of(observed, stamp), property: property, market: market,
                arrival: arrival, departure: departure}, observed) AS told
FROM positions JOIN searches ON seq < position GROUP BY ALL;

CREATE TABLE demand_bookings AS
SELECT position, now, booking,
       arg_max({property: property, minute: stamp // 60000, stays: stays}, seq) AS told
FROM positions JOIN bookings ON seq < position
-- The stamp of a booking is the same in all that is said of it.
WHERE stamp // 60000 > now - 8 * 1440 GROUP BY ALL;

-- One row for each place in which something counts, with the nights it counts for.
CREATE TABLE demand_counts AS
WITH held AS (
    SELECT position, now, true AS is_search, told.minute AS minute, told.property AS property,
           coalesce(told.market, markets.market) AS market,
           range(told.arrival, told.departure) AS nights
    FROM demand_held LEFT JOIN demand_markets markets ON markets.property = told.property
    UNION ALL
    SELECT position, now, false, told.minute, told.property, markets.market,
           list_distinct(flatten([range(stay[1], stay[2]) FOR stay IN told.stays]))
    FROM demand_bookings LEFT JOIN demand_markets markets ON markets.property = told.property
    WHERE len(told.stays) > 0),
inside AS (FROM held WHERE hour_of(minute) > hour_of(now) - 168)
SELECT position, now, is_search, minute, 'p:' || property AS place, nights
FROM inside WHERE property IS NOT NULL
UNION ALL
SELECT position, now, is_search, minute, 'm:' || market AS place, nights
FROM inside WHERE market IS NOT NULL;

CREATE TABLE demand_windows AS
WITH by_night AS (
    SELECT * EXCLUDE nights, unnest(nights) AS night FROM demand_counts
    UNION ALL SELECT * EXCLUDE nights, NULL FROM demand_counts)
SELECT position, place, night,
       [count(*) FILTER (is_search AND minute > now - 60),
        count(*) FILTER (is_search AND hour_of(minute) > hour_of(now) - 24),
        count(*) FILTER (is_search)] AS searches,
       [count(*) FILTER (NOT is_search AND minute > now - 60),
        count(*) FILTER (NOT is_search AND hour_of(minute) > hour_of(now) - 24),
        count(*) FILTER (NOT is_search)] AS bookings
FROM by_night GROUP BY position, place, night;

CREATE TABLE demand_minutes AS
SELECT position, place, string_agg(minute || ':' || searches || ':' || bookings, ' ' ORDER BY minute)
           AS minutes
FROM (SELECT position, place, minute, count(*) FILTER (is_search) AS searches,
             count(*) FILTER (NOT is_search) AS bookings
      FROM demand_counts WHERE minute > now - 60 GROUP BY position, place, minute)
GROUP BY position, place;

CREATE TABLE demand_trending AS
SELECT position, place,
       (sum(searches * (round(pow(2, 32 - age % 24 / 24.0))::HUGEINT >> (age // 24)::INTEGER))
        ::HUGEINT * 1000) // 4294967296 AS trending
FROM (SELECT position, place, greatest(hour_of(now) - hour_of(minute), 0) AS age,
             count(*)::HUGEINT AS searches
      FROM demand_counts WHERE is_search GROUP BY ALL)
GROUP BY position, place;

-- The latest search of the hour before each booking, at its property for the nights of its first
-- line.
CREATE TABLE demand_waits AS
WITH matched AS (
    SELECT bookings.position, booking, any_value(bookings.told.property) AS property,
           any_value(bookings.told.minute) - max(minute_of(observed, stamp)) AS waited
    FROM demand_bookings bookings JOIN searches
      ON searches.seq < bookings.position AND searches.property = bookings.told.property
     AND searches.arrival = bookings.told.stays[1][1]
     AND searches.departure = bookings.told.stays[1][2]
     AND minute_of(observed, stamp) <= bookings.told.minute
     AND minute_of(observed, stamp) > bookings.told.minute - 60
    WHERE bookings.told.minute > bookings.now - 60
    GROUP BY bookings.position, booking),
placed AS (
    SELECT position, 'p:' || property AS place, waited FROM matched
    UNION ALL
    SELECT position, 'm:' || market, waited
    FROM matched JOIN demand_markets USING (property) WHERE market IS NOT NULL)
SELECT position, place, [count(*), sum(waited)::BIGINT] AS waited
FROM placed GROUP BY position, place;

CREATE TABLE demand_expected AS
SELECT position, place, night, searches, bookings,
       bookings[3] * 1000000 // nullif(searches[3], 0) AS look_to_book,
       bookings[1] * 1000000 // nullif(searches[1], 0) AS conversion,
       CASE WHEN night IS NULL THEN coalesce(minutes, '') END AS minutes,
       CASE WHEN night IS NULL THEN coalesce(trending, 0) END AS trending,
       CASE WHEN night IS NULL THEN coalesce(waited, [0, 0]) END AS waited
FROM demand_windows
LEFT JOIN demand_minutes USING (position, place)
LEFT JOIN demand_trending USING (position, place)
LEFT JOIN demand_waits USING (position, place);

CREATE TABLE demand_told AS
SELECT position, told.* EXCLUDE (seq, gone, until)
FROM (SELECT *, lead(seq, 1, 9223372036854775807) OVER (PARTITION BY place, night ORDER BY seq) AS until
      FROM demand_changes) told
JOIN positions ON seq <= position AND position < until
WHERE NOT gone;

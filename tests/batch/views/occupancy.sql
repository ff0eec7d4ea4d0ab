-- How full are properties and markets, and what were the last weeks of a property like? See
-- dataflows/src/views/occupancy.rs. What is sold is counted from the lines that stand.
CREATE TABLE occupancy_days AS SELECT position, day_of(now) AS today FROM positions;

CREATE TABLE occupancy_markets AS
SELECT position, property, arg_max(market, seq) AS market
FROM positions JOIN properties ON seq < position GROUP BY position, property;

CREATE TABLE occupancy_supply AS
WITH spans AS (
    SELECT property, unnest(ranges) AS span, seq AS begun,
           lead(seq, 1, 9223372036854775807)
               OVER (PARTITION BY property, room_type ORDER BY seq) AS until
    FROM supply),
nights AS (
    SELECT property, begun, until, unnest(range(span.arrival, span.departure)) AS night,
           greatest(span.physical - span.blocked, 0) AS rooms
    FROM spans)
SELECT position, property, night, sum(rooms) AS rooms
FROM occupancy_days JOIN nights ON begun < position AND until >= position AND night >= today - 366
GROUP BY position, property, night;

-- Rooms sold, and what they bring as far as that is known.
CREATE TABLE occupancy_sold AS
WITH nights AS (
    SELECT property, begun, until, unnest(range(arrival, departure)) AS night, rooms,
           rooms * price AS revenue
    FROM lines WHERE cancelled IS NULL)
SELECT position, property, night, sum(rooms) AS sold, coalesce(sum(revenue), 0) AS revenue
FROM occupancy_days JOIN nights ON begun < position AND until >= position AND night >= today - 366
GROUP BY position, property, night;

CREATE TABLE occupancy_nights AS
SELECT position, property, night, coalesce(rooms, 0) AS rooms, coalesce(sold, 0) AS sold,
       coalesce(revenue, 0) AS revenue
FROM occupancy_supply FULL JOIN occupancy_sold USING (position, property, night);

-- What happened within so many days; whole bookings, of which the last line was cancelled on a day.
CREATE TABLE occupancy_bookings AS
SELECT booking, property, begun, until, any_value(booked) AS booked,
       CASE WHEN count(cancelled) = count(*) THEN max(cancelled) END AS cancelled,
       sum(rooms * (departure - arrival) * price) AS amount,
       sum(rooms * (departure - arrival)) FILTER (price IS NOT NULL) AS priced
FROM lines GROUP BY booking, property, begun, until;

CREATE TABLE occupancy_done AS
SELECT position, property, days, count(*) FILTER (booked > today - days) AS bookings,
       count(*) FILTER (cancelled > today - days) AS cancellations
FROM occupancy_days JOIN occupancy_bookings ON begun < position AND until >= position
CROSS JOIN (SELECT unnest([7, 30]) AS days)
WHERE booked > today - 30 OR cancelled > today - 30
GROUP BY position, property, days;

CREATE TABLE occupancy_gone AS
SELECT position, property, days, sum(rooms) AS rooms, sum(sold) AS sold, sum(revenue) AS revenue
FROM occupancy_nights JOIN occupancy_days USING (position)
CROSS JOIN (SELECT unnest([7, 30]) AS days)
WHERE night >= today - days AND night < today
GROUP BY position, property, days;

CREATE TABLE occupancy_windows AS
SELECT position, property, days, coalesce(bookings, 0) AS bookings,
       coalesce(cancellations, 0) AS cancellations, coalesce(sold, 0) AS sold,
       [coalesce(bookings, 0), coalesce(cancellations, 0),
        -- least() passes over what is null.
        CASE WHEN bookings > 0
             THEN least(1000, 1000 * coalesce(cancellations, 0) // bookings) END,
        1000 * sold // nullif(rooms, 0), revenue // nullif(rooms, 0)]::BIGINT[] AS row
FROM occupancy_done FULL JOIN occupancy_gone USING (position, property, days);

CREATE TABLE occupancy_trend AS
WITH weeks AS (
    SELECT position, property,
           sum(amount) FILTER (booked > today - 7) AS amount,
           sum(priced) FILTER (booked > today - 7) AS priced,
           sum(amount) FILTER (booked <= today - 7) AS amount_before,
           sum(priced) FILTER (booked <= today - 7) AS priced_before
    FROM occupancy_days JOIN occupancy_bookings
      ON begun < position AND until >= position AND booked > today - 14
    GROUP BY position, property)
SELECT position, property,
       1000 * (amount::HUGEINT * priced_before) // (amount_before::HUGEINT * priced) AS trend
FROM weeks WHERE amount > 0 AND amount_before > 0;

CREATE TABLE occupancy_expected AS
WITH nights AS (
    SELECT position, 'p:' || property AS place, night, rooms, sold FROM occupancy_nights
    UNION ALL
    SELECT position, 'm:' || market, night, sum(rooms), sum(sold)
    FROM occupancy_nights JOIN occupancy_markets USING (position, property)
    WHERE market IS NOT NULL GROUP BY position, market, night)
SELECT position, place, night, rooms::BIGINT AS rooms, sold::BIGINT AS sold,
       (1000 * sold // nullif(rooms, 0))::BIGINT AS permille, NULL::BIGINT[] AS week,
       NULL::BIGINT[] AS month, NULL::BIGINT AS trend
FROM nights WHERE sold > 0
UNION ALL
SELECT position, 'p:' || property, NULL, NULL, NULL, NULL,
       coalesce(week.row, [0, 0, NULL, NULL, NULL]), month.row, trend::BIGINT
FROM (FROM occupancy_windows WHERE days = 30) month
LEFT JOIN (FROM occupancy_windows WHERE days = 7) week USING (position, property)
LEFT JOIN occupancy_trend USING (position, property)
WHERE month.bookings > 0 OR month.cancellations > 0 OR month.sold > 0;

CREATE TABLE occupancy_told AS
SELECT position, told.* EXCLUDE (seq, gone, until)
FROM (SELECT *, lead(seq, 1, 9223372036854775807) OVER (PARTITION BY place, night ORDER BY seq) AS until
      FROM occupancy_changes) told
JOIN positions ON seq <= position AND position < until
WHERE NOT gone;

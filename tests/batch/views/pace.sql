-- How do the bookings of a night to come stand? See dataflows/src/views/pace.rs.

-- Buckets of lead times, each with its last day; the one without has no mean.
CREATE TABLE pace_buckets AS
SELECT days AS lead, lead(days) OVER (ORDER BY days) - 1 AS last
FROM (SELECT unnest([0, 1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365]) AS days);
-- The last day of the last bucket that ends within so many days.
CREATE MACRO pace_whole_buckets(days) AS CASE
    WHEN days >= 364 THEN 364 WHEN days >= 269 THEN 269 WHEN days >= 179 THEN 179
    WHEN days >= 119 THEN 119 WHEN days >= 89 THEN 89 WHEN days >= 59 THEN 59
    WHEN days >= 44 THEN 44 WHEN days >= 29 THEN 29 WHEN days >= 20 THEN 20
    WHEN days >= 13 THEN 13 WHEN days >= 9 THEN 9 WHEN days >= 6 THEN 6 ELSE days END;

-- A night of a line, once under its room type and once under '' for the whole property.
CREATE TABLE pace_nights AS
WITH both_kinds AS (
    FROM lines UNION ALL SELECT * REPLACE ('' AS room_type) FROM lines)
SELECT property, room_type, unnest(range(arrival, departure)) AS night, rooms, booked, cancelled,
       begun, until
FROM both_kinds;

CREATE TABLE pace_properties AS
SELECT position, property, day_of(now) AS today, min(booked) AS first,
       day_of(now) - ((day_of(now) - any_value(slot)) % 28 + 28) % 28 AS reference
FROM positions JOIN lines ON begun < position JOIN properties USING (property)
GROUP BY position, now, property;

CREATE TABLE pace_now AS
SELECT position, property, room_type, night,
       coalesce(sum(rooms) FILTER (cancelled IS NULL), 0) AS books,
       [coalesce(sum(rooms) FILTER (booked > today - 1), 0)
            - coalesce(sum(rooms) FILTER (cancelled > today - 1), 0),
        coalesce(sum(rooms) FILTER (booked > today - 7), 0)
            - coalesce(sum(rooms) FILTER (cancelled > today - 7), 0),
        coalesce(sum(rooms) FILTER (booked > today - 30), 0)
            - coalesce(sum(rooms) FILTER (cancelled > today - 30), 0)] AS pickups
FROM pace_properties JOIN pace_nights USING (property)
WHERE begun < position AND until >= position AND night >= today - 1
GROUP BY position, property, room_type, night, today;

CREATE TABLE pace_year_before AS
SELECT position, property, room_type, night + 364 AS night, sum(rooms) AS year_before
FROM pace_properties JOIN pace_nights USING (property)
WHERE begun < position AND until >= position AND night >= today - 365 AND first <= today - 364
  AND booked <= today - 364 AND (cancelled IS NULL OR cancelled > today - 364)
GROUP BY position, property, room_type, night;

-- A room is on the books of its night at every lead time from one to another: it adds from the
-- shorter on, and takes away after the longer. Of a night that is too near to the property's first
-- booking, only whole buckets count.
CREATE TABLE pace_steps AS
WITH leads AS (
    SELECT position, property, room_type, rooms,
           greatest(0, coalesce(night - cancelled + 1, 0)) AS shortest,
           least(night - booked, pace_whole_buckets(night - first)) AS longest
    FROM pace_properties JOIN pace_nights USING (property)
    WHERE begun < position AND until >= position
      AND night >= reference - 364 AND night < reference),
counting AS (FROM leads WHERE shortest <= longest)
SELECT position, property, room_type, lead, sum(rooms) AS rooms
FROM (SELECT position, property, room_type, shortest AS lead, rooms FROM counting
      UNION ALL SELECT position, property, room_type, longest + 1, -rooms FROM counting)
GROUP BY position, property, room_type, lead;

CREATE TABLE pace_usual AS
WITH sums AS (
    SELECT position, property, room_type, buckets.lead,
           sum(rooms * (last - greatest(buckets.lead, steps.lead) + 1)) AS room_leads
    FROM pace_steps steps JOIN pace_buckets buckets ON steps.lead <= last
    GROUP BY position, property, room_type, buckets.lead),
kinds AS (SELECT property, room_type, min(begun) AS begun FROM pace_nights GROUP BY ALL),
counts AS (
    SELECT position, property, room_type, lead,
           (reference - greatest(reference - 364, first + last)) * (last - lead + 1) AS count
    FROM pace_properties JOIN kinds USING (property), pace_buckets
    WHERE kinds.begun < position AND last IS NOT NULL)
SELECT position, property, room_type, lead, 1000 * coalesce(room_leads, 0) // count AS mean
FROM counts LEFT JOIN sums USING (position, property, room_type, lead)
WHERE count > 0;

CREATE TABLE pace_expected AS
WITH keys AS (
    SELECT position, property, room_type, night FROM pace_now
    UNION SELECT position, property, room_type, night FROM pace_year_before),
nights AS (
    SELECT keys.*, coalesce(books, 0) AS books, coalesce(pickups, [0, 0, 0]) AS pickups,
           CASE WHEN first <= today - 364 THEN coalesce(year_before, 0) END AS year_before,
           (SELECT max(lead) FROM pace_buckets WHERE lead <= greatest(night - today, 0)) AS bucket
    FROM keys JOIN pace_properties USING (position, property)
    LEFT JOIN pace_now USING (position, property, room_type, night)
    LEFT JOIN pace_year_before USING (position, property, room_type, night))
SELECT nights.position, nights.property, nullif(nights.room_type, '') AS room_type, night,
       NULL::BIGINT AS lead, books::BIGINT AS books, pickups::BIGINT[] AS pickups, year_before::BIGINT AS year_before,
       mean::BIGINT AS mean
FROM nights LEFT JOIN pace_usual usual
  ON (usual.position, usual.property, usual.room_type, usual.lead)
   = (nights.position, nights.property, nights.room_type, nights.bucket)
WHERE books <> 0 OR pickups <> [0, 0, 0] OR coalesce(year_before, 0) <> 0
UNION ALL
SELECT position, property, nullif(room_type, ''), NULL, lead, 0, [0, 0, 0], NULL, mean
FROM pace_usual WHERE mean > 0;

CREATE TABLE pace_told AS
SELECT position, told.* EXCLUDE (seq, gone, until)
FROM (SELECT *, lead(seq, 1, 9223372036854775807)
             OVER (PARTITION BY property, room_type, night, pace_changes.lead ORDER BY seq) AS until
      FROM pace_changes) told
JOIN positions ON seq <= position AND position < until
WHERE NOT gone;

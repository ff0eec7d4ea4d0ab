-- What should a room cost on a night? See dataflows/src/views/price.rs for what is known of a cell,
-- and docs/policies.md for what is built in and how a price is made of it. What the other views say
-- is taken from their recomputations, which go before.
CREATE MACRO price_floor_div(a, b) AS (a - ((a % b) + b) % b) // b;
-- A count to four digits of its binary form; a share to whole hundredths.
CREATE MACRO price_count(n) AS CASE WHEN n < 16 THEN n
    ELSE (n >> (floor(log2(n))::INTEGER - 3)) << (floor(log2(n))::INTEGER - 3) END;
CREATE MACRO price_share(n) AS n // 10 * 10;

-- The curves that are built in: points of a value and an effect in thousandths, as lines from one
-- value up to the next; level before the first and after the last.
CREATE TABLE price_lines AS
WITH points AS (
    SELECT factor, unnest(places) AS place, unnest(effects) * 1000 AS effect
    FROM (VALUES ('lead', [30, 180], [0, -40]),
                 ('weekend', [0, 1], [0, 60]),
                 ('searches', [0, 20, 200, 2000], [0, 20, 80, 150]),
                 ('pace', [500, 900, 1100, 1600], [-100, 0, 0, 150]),
                 ('occupancy', [0, 400, 700, 900, 1000], [-60, 0, 80, 220, 300]),
                 ('market_occupancy', [300, 600, 950], [-40, 0, 150]),
                 ('average', [500, 1000, 2000], [-150, 0, 200]),
                 ('minimum', [500, 1000], [-50, 0]),
                 ('sold_out', [0, 1000], [0, 150]),
                 ('major', [0, 1000], [0, 400]),
                 ('conference', [0, 1000], [0, 250]),
                 ('concert', [0, 1000], [0, 150]),
                 ('sports', [0, 1000], [0, 150]),
                 ('last_year', [300, 600, 1000], [-40, 0, 80])) curves(factor, places, effects)),
lines AS (
    SELECT factor, place, effect, lead(place) OVER next AS place_next,
           lead(effect) OVER next AS effect_next, lag(place) OVER next AS place_before
    FROM points WINDOW next AS (PARTITION BY factor ORDER BY place))
SELECT factor, place AS low, coalesce(place_next, 1000000000) AS high, effect,
       coalesce(effect_next, effect) AS effect_next, coalesce(place_next - place, 1) AS run
FROM lines
UNION ALL
SELECT factor, -1000000000, place, effect, effect, 1 FROM lines WHERE place_before IS NULL;

-- The night is touched where a view speaks of it for the property alone.
CREATE TABLE price_touched AS
SELECT position, property, night FROM pace_expected WHERE night IS NOT NULL
UNION SELECT position, place[3:], night FROM occupancy_expected
      WHERE night IS NOT NULL AND place LIKE 'p:%'
UNION SELECT position, place[3:], night FROM demand_expected
      WHERE night IS NOT NULL AND place LIKE 'p:%'
UNION SELECT position, property, night FROM competitors_expected;

-- The base price of a room type is that of the first rate plan that sells it.
CREATE TABLE price_bases AS
WITH standing AS (
    SELECT position, property, ordinal, arg_max(room_types, seq) AS room_types,
           arg_max(base, seq) AS base, arg_max(currency, seq) AS currency
    FROM positions JOIN plans ON seq < position GROUP BY position, property, ordinal),
sold AS (SELECT * EXCLUDE room_types, unnest(room_types) AS room_type FROM standing)
SELECT position, property, room_type, arg_min(base, ordinal) AS base,
       arg_min(currency, ordinal) AS currency
FROM sold GROUP BY position, property, room_type;

CREATE TABLE price_rules AS
SELECT position, property, arg_max(version, seq) AS version, arg_max(count_min, seq) AS count_min,
       arg_max(floor, seq) AS floor, arg_max(ceiling, seq) AS ceiling
FROM positions JOIN rules ON seq < position GROUP BY position, property;

-- Rooms on the books in millionths of those to be expected: the mean of those of the year before
-- and of what is usual, or the one of them that is known and not zero.
CREATE TABLE price_paces AS
WITH kinds AS (
    SELECT position, property, room_type, night FROM price_touched JOIN price_bases
    USING (position, property)
    UNION SELECT position, property, '' AS room_type, night FROM price_touched),
known AS (
    SELECT kinds.*, coalesce(books, 0) AS books, nullif(year_before, 0) * 1000 AS year_before,
           nullif(usual.mean, 0) AS usual
    FROM kinds JOIN occupancy_days USING (position)
    LEFT JOIN (SELECT * REPLACE (coalesce(room_type, '') AS room_type) FROM pace_expected) pace
           ON (pace.position, pace.property, pace.room_type, pace.night)
            = (kinds.position, kinds.property, kinds.room_type, kinds.night)
    LEFT JOIN pace_usual usual
           ON (usual.position, usual.property, usual.room_type)
            = (kinds.position, kinds.property, kinds.room_type)
          AND usual.lead = (SELECT max(lead) FROM pace_buckets
                            WHERE lead <= greatest(kinds.night - today, 0)))
SELECT position, property, room_type, night,
       books * 1000000 // CASE WHEN usual IS NULL THEN year_before
                               WHEN year_before IS NULL THEN usual
                               ELSE (usual + year_before + 1) // 2 END AS pace
FROM known;

CREATE TABLE price_known AS
WITH demands AS (
    SELECT position, place, night, searches[3] AS searches, look_to_book FROM demand_expected)
SELECT cells.position, cells.property, cells.room_type, cells.night, today, base, cells.currency,
       (SELECT max(lead) FROM pace_buckets WHERE lead <= greatest(cells.night - today, 0)) AS lead,
       (isodow(DATE '2000-01-01' + cells.night::INTEGER) IN (5, 6))::BIGINT AS weekend,
       price_count(greatest(coalesce(own.searches, 0), coalesce(around.searches, 0))) AS searches,
       price_count(coalesce(own.look_to_book, around.look_to_book)) AS look_to_book,
       price_share(coalesce(of_kind.pace, of_whole.pace)) AS pace,
       price_share(coalesce(full_now.permille, 0)) AS occupancy,
       CASE WHEN markets.market IS NOT NULL
            THEN price_share(coalesce(full_around.permille, 0)) END AS market_occupancy,
       -- The rate of cancellations stands where a policy asks for it; none of these does.
       NULL::BIGINT AS cancelled,
       CASE WHEN cells.night - 364 < today - 1
            THEN price_share(full_before.permille) END AS last_year,
       rivals.rivals AS rivals, rivals.sold_out AS sold_out, rivals.average AS average,
       rivals.minimum AS minimum, rivals.currency AS rivals_currency,
       major, conference, concert, sports,
       coalesce(version, 0) AS version, coalesce(count_min, 1) AS count_min,
       coalesce(floor, 600) AS floor_permille, coalesce(ceiling, 2500) AS ceiling_permille
FROM (FROM price_touched JOIN price_bases USING (position, property)) cells
JOIN occupancy_days USING (position)
LEFT JOIN occupancy_markets markets USING (position, property)
LEFT JOIN price_rules USING (position, property)
LEFT JOIN demands own ON (own.position, own.place, own.night)
                       = (cells.position, 'p:' || cells.property, cells.night)
LEFT JOIN demands around ON (around.position, around.place, around.night)
                          = (cells.position, 'm:' || markets.market, cells.night)
LEFT JOIN price_paces of_kind
       ON (of_kind.position, of_kind.property, of_kind.room_type, of_kind.night)
        = (cells.position, cells.property, cells.room_type, cells.night)
LEFT JOIN price_paces of_whole
       ON (of_whole.position, of_whole.property, of_whole.room_type, of_whole.night)
        = (cells.position, cells.property, '', cells.night)
LEFT JOIN occupancy_expected full_now ON (full_now.position, full_now.place, full_now.night)
                                       = (cells.position, 'p:' || cells.property, cells.night)
LEFT JOIN occupancy_expected full_around
       ON (full_around.position, full_around.place, full_around.night)
        = (cells.position, 'm:' || markets.market, cells.night)
LEFT JOIN occupancy_expected full_before
       ON (full_before.position, full_before.place, full_before.night)
        = (cells.position, 'p:' || cells.property, cells.night - 364)
LEFT JOIN competitors_expected rivals
       ON (rivals.position, rivals.property, rivals.night)
        = (cells.position, cells.property, cells.night)
LEFT JOIN market_events_expected events
       ON (events.position, events.market, events.night)
        = (cells.position, markets.market, cells.night)
WHERE cells.night >= today - 1;

-- The values that curves are read at, each known or null.
CREATE TABLE price_values AS
WITH compared AS (
    SELECT *, rivals >= count_min AS has_rivals,
           rivals >= count_min AND rivals_currency = currency AND base > 0 AS has_prices
    FROM price_known)
SELECT * EXCLUDE (has_rivals, has_prices),
       CASE WHEN has_prices THEN price_floor_div(average * 1000, base) END AS average_share,
       CASE WHEN has_prices THEN price_floor_div(minimum * 1000, base) END AS minimum_share,
       CASE WHEN has_rivals THEN sold_out * 1000 // rivals END AS sold_out_share
FROM compared;

CREATE TABLE price_multipliers AS
WITH named AS (
    SELECT position, property, room_type, night,
           unnest(['lead', 'weekend', 'searches', 'pace', 'occupancy', 'market_occupancy',
                   'average', 'minimum', 'sold_out', 'major', 'conference', 'concert', 'sports',
                   'last_year']) AS factor,
           unnest([lead, weekend, searches, pace, occupancy, market_occupancy, average_share,
                   minimum_share, sold_out_share, nullif(major, 0), nullif(conference, 0),
                   nullif(concert, 0), nullif(sports, 0), last_year]) AS place
    FROM price_values)
SELECT position, property, room_type, night,
       sum(effect + price_floor_div((effect_next - effect) * (place - low), run))::BIGINT AS added
FROM named JOIN price_lines lines
  ON lines.factor = named.factor AND place >= low AND place < high
GROUP BY position, property, room_type, night;

-- Within floor and ceiling; then the nearest ending, of two as near the lower one, if there is one
-- within them: whole units up to 50, and from there on what ends in 4 or 9.
CREATE MACRO price_at_most(price, ending) AS (price - ending) // 1000 * 1000 + ending;
CREATE MACRO price_at_least(price, ending) AS
    (greatest(price - ending, 0) + 999) // 1000 * 1000 + ending;

CREATE TABLE price_endings AS
WITH bounded AS (
    SELECT *, base * floor_permille // 1000 AS least, base * ceiling_permille // 1000 AS most
    FROM price_values JOIN price_multipliers USING (position, property, room_type, night)),
held AS (
    SELECT *, least(greatest(base + price_floor_div(base * added + 500000, 1000000), least), most)
              AS held
    FROM bounded),
-- greatest() and least() pass over what is null.
endings AS (
    SELECT *,
           greatest(least(held, 4999) // 100 * 100,
                    CASE WHEN held >= 5400 THEN price_at_most(held, 400) END,
                    CASE WHEN held >= 5900 THEN price_at_most(held, 900) END) AS below,
           least(CASE WHEN held <= 4900 THEN (held + 99) // 100 * 100 END,
                 price_at_least(greatest(held, 5000), 400),
                 price_at_least(greatest(held, 5000), 900)) AS above
    FROM held)
SELECT * REPLACE (CASE WHEN below BETWEEN least AND most THEN below END AS below,
                  CASE WHEN above BETWEEN least AND most THEN above END AS above)
FROM endings;

CREATE TABLE price_expected AS
WITH priced AS (
    SELECT *, CASE WHEN currency NOT IN ('EUR', 'USD', 'GBP', 'CHF') THEN held
                   WHEN below IS NULL THEN coalesce(above, held)
                   WHEN above - held < held - below THEN above
                   ELSE below END AS price
    FROM price_endings)
SELECT position, property, room_type, night, base, price::BIGINT AS price,
       1000000 + added AS multiplier,
       -- Each counts for what supports it: 20 searches, or 3 rivals, half as well as any number.
       (200 * (searches * 1000 // (searches + 20)) + CASE WHEN pace IS NOT NULL THEN 200000 ELSE 0 END
        + 200000 + CASE WHEN market_occupancy IS NOT NULL THEN 100000 ELSE 0 END
        + CASE WHEN average_share IS NOT NULL THEN 200 * (rivals * 1000 // (rivals + 3)) ELSE 0 END
        + CASE WHEN last_year IS NOT NULL THEN 100000 ELSE 0 END) // 1000 AS confidence,
       CASE WHEN rivals_currency = currency AND average > 0 THEN price * 1000 // average END AS place,
       version, lead, searches, look_to_book, pace, occupancy, market_occupancy, cancelled, last_year
FROM priced;

CREATE TABLE price_told AS
SELECT position, told.* EXCLUDE (seq, gone, until)
FROM (SELECT *, lead(seq, 1, 9223372036854775807)
             OVER (PARTITION BY property, room_type, night ORDER BY seq) AS until
      FROM price_changes) told
JOIN positions ON seq <= position AND position < until
WHERE NOT gone;

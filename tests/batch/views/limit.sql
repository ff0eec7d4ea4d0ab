-- How many rooms may be sold beyond those there are? See dataflows/src/views/limit.rs for what is
-- known of a cell, docs/policies.md for what a policy may say, and models/src/overbooking.rs for
-- the formulas. Base prices and days are taken from recomputations that go before.
--
-- Nothing is convolved here: how many rooms are wanted is found from its characteristic function,
-- which is a product over the bookings, by a discrete Fourier transform. Both ways are exact but
-- for the last digits of a float. A probability that passes its bound by less than 1e-9 is taken to
-- meet it, as the bounds are met where they are equal; a quantity within 1e-9 of the middle between
-- two millionths may be told as either of them. All else has to be equal.

-- Of what is told in millionths, whether it is the nearest.
CREATE MACRO limit_nearest(exact, told) AS
    CASE WHEN abs(1000000 * exact - told) <= 0.501 THEN told
         ELSE round(1000000 * exact)::BIGINT END;
-- The first lead time of a bucket.
CREATE MACRO limit_bucket(days) AS
    list_max(list_filter([0, 1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365],
                         lambda edge: edge <= greatest(days, 0)));
-- The share that shows up: that of the first segment that covers a booking.
CREATE MACRO limit_show(policy, since_booked, until_arrival, plan, through) AS
    coalesce(list_filter(policy.segments, lambda segment:
        coalesce(segment.rate_plan = plan, segment.rate_plan IS NULL)
        AND coalesce(segment.channel = through, segment.channel IS NULL)
        AND since_booked >= coalesce(segment.lead_days_from, 0)
        AND since_booked < coalesce(segment.lead_days_before, 1000000)
        AND until_arrival >= coalesce(segment.days_to_arrival_from, 0)
        AND until_arrival < coalesce(segment.days_to_arrival_before, 1000000)
    )[1].show_permille, policy.shows_default_permille, 950);

CREATE TABLE limit_policies AS
WITH standing AS (
    SELECT property, unnest(['active', 'candidate']) AS branch,
           unnest([active, candidate]) AS document, seq AS begun,
           lead(seq, 1, 9223372036854775807) OVER (PARTITION BY property ORDER BY seq) AS until
    FROM overbooking)
SELECT position, property, branch, from_json(document, '{
           "version": "BIGINT", "enabled": "BOOLEAN", "confidence_permille": "BIGINT",
           "refills_count": "BIGINT", "horizon_days": "BIGINT",
           "walk_cost_price_permille": "BIGINT", "walk_cost_amounts_minor_EUR": "BIGINT",
           "hard_cap_rooms": "BIGINT", "hard_cap_permille": "BIGINT",
           "shows_default_permille": "BIGINT", "shows_spread_permille": "BIGINT",
           "segments": [{"rate_plan": "VARCHAR", "channel": "VARCHAR",
                         "lead_days_from": "BIGINT", "lead_days_before": "BIGINT",
                         "days_to_arrival_from": "BIGINT", "days_to_arrival_before": "BIGINT",
                         "show_permille": "BIGINT"}]}') AS policy
FROM positions JOIN standing ON begun < position AND until >= position
WHERE json_type(document) = 'OBJECT';

-- Rooms of bookings that stand, on nights that are not over; of a linked room type those of its
-- parts.
CREATE TABLE limit_claims AS
WITH standing AS (
    SELECT property, room_type, parts, seq AS begun,
           lead(seq, 1, 9223372036854775807)
               OVER (PARTITION BY property, room_type ORDER BY seq) AS until
    FROM links),
taken AS (
    SELECT position, today, lines.*,
           unnest(CASE WHEN len(parts) > 0 THEN parts
                       ELSE [{'room_type': lines.room_type, 'rooms': 1}] END) AS part
    FROM (SELECT DISTINCT position, property FROM limit_policies)
    JOIN occupancy_days USING (position)
    JOIN lines USING (property)
    LEFT JOIN standing ON standing.property = lines.property
                      AND standing.room_type = lines.room_type
                      AND standing.begun < position AND standing.until >= position
    WHERE lines.begun < position AND lines.until >= position AND cancelled IS NULL)
SELECT position, property, part.room_type AS room_type, rooms * part.rooms AS rooms,
       greatest(arrival - booked, 0) AS since_booked,
       limit_bucket(arrival - today) AS until_arrival,
       rate_plan, channel, fact,
       unnest(range(greatest(arrival, today - 1), departure)) AS night
FROM taken;

-- Bookings that are alike. Whether a guest comes is certain once that is a fact.
CREATE TABLE limit_books AS
WITH shows AS (
    SELECT position, branch, property, room_type, night, rooms,
           CASE WHEN fact IS NULL
                THEN limit_show(policy, since_booked, until_arrival, rate_plan, channel)
                WHEN fact = 'Arrived' THEN 1000 ELSE 0 END AS permille
    FROM limit_claims JOIN limit_policies USING (position, property)),
alike AS (SELECT *, count(*) AS count FROM shows GROUP BY ALL)
SELECT position, branch, property, room_type, night,
       list({'rooms': rooms, 'permille': permille, 'count': count}
            ORDER BY rooms, permille) AS books
FROM alike GROUP BY position, branch, property, room_type, night;

CREATE TABLE limit_rooms AS
WITH spans AS (
    SELECT property, room_type, unnest(ranges) AS span, seq AS begun,
           lead(seq, 1, 9223372036854775807)
               OVER (PARTITION BY property, room_type ORDER BY seq) AS until
    FROM supply)
SELECT position, property, room_type, night, greatest(span.physical - span.blocked, 0) AS physical
FROM (SELECT DISTINCT position, property, room_type, night FROM limit_books)
JOIN spans USING (property, room_type)
WHERE begun < position AND until >= position AND night >= span.arrival AND night < span.departure;

-- What is asked of each night, under the policy with what is built in.
CREATE TABLE limit_asked AS
WITH known AS (
    SELECT position, branch, property, room_type, night, policy, books, base,
           night - today AS ahead, coalesce(physical, 0) AS physical,
           CASE WHEN currency = 'EUR' AND policy.walk_cost_amounts_minor_EUR IS NOT NULL
                THEN policy.walk_cost_amounts_minor_EUR
                ELSE base * coalesce(policy.walk_cost_price_permille, 3000) // 1000 END AS lost
    FROM limit_books JOIN limit_policies USING (position, branch, property)
    JOIN occupancy_days USING (position)
    JOIN price_bases USING (position, property, room_type)
    LEFT JOIN limit_rooms USING (position, property, room_type, night))
SELECT position, branch, property, room_type, night, policy.version AS version, books, physical,
       coalesce(policy.shows_spread_permille, 500) AS spread,
       -- A newcomer would book today.
       limit_show(policy, greatest(ahead, 0), limit_bucket(ahead), '', '') AS newcomer,
       least(coalesce(policy.hard_cap_rooms, 10),
             physical * coalesce(policy.hard_cap_permille, 100) // 1000) AS cap,
       (1000 - coalesce(policy.confidence_permille, 950)) / 1000
           / coalesce(policy.refills_count, 10) AS promised,
       CASE WHEN base > 0 THEN base / (base + lost) ELSE 0 END AS fractile,
       CASE WHEN NOT coalesce(policy.enabled, false) THEN 'disabled'
            WHEN ahead > coalesce(policy.horizon_days, 365) THEN 'horizon' END AS closed
FROM known;

-- The same is asked at many positions. `rest` is what is free and will be sold in any case, `more`
-- is how many newcomers the hard cap leaves beyond that, and `size` is one more than the most rooms
-- that can be wanted.
CREATE TABLE limit_questions AS
WITH asked AS (
    SELECT DISTINCT books, physical, spread, newcomer, cap, promised, fractile, closed
    FROM limit_asked),
counted AS (
    SELECT *, list_sum(list_transform(books, lambda alike: alike.rooms * alike.count))::BIGINT
              AS sold
    FROM asked),
filled AS (
    SELECT *, greatest(physical - sold, 0) AS rest,
           CASE WHEN closed IS NULL THEN greatest(cap - greatest(sold - physical, 0), 0)
                ELSE 0 END AS more
    FROM counted)
SELECT row_number() OVER () AS question, *, sold + rest + more + 1 AS size FROM filled;

-- The share that stays away has a factor in common: the product of eight steps up or down.
CREATE TABLE limit_factors AS
WITH steps AS (
    SELECT spread, sqrt(pow(1 + pow(spread / 1000, 2), 1 / 8) - 1) AS step, unnest(range(9)) AS ups
    FROM (SELECT DISTINCT spread FROM limit_questions))
SELECT spread, ups, (factorial(8) // factorial(ups::INTEGER) // factorial((8 - ups)::INTEGER))
                    ::BIGINT / 256 AS weight,
       pow(1 + step, ups) * pow(1 - step, 8 - ups) AS factor
FROM steps;
-- The share that comes then, to millionths; what is certain stays so, either way.
CREATE MACRO limit_comes(permille, factor) AS CASE WHEN permille = 0 THEN 0
    ELSE 1 - least(round((1000 - permille) * 1000 * factor), 1000000) / 1000000 END;

-- Half of the turns of a circle: those of the other half are their mirror images.
CREATE TABLE limit_turns AS
SELECT size, turn, 2 * pi() * turn / size AS angle,
       CASE WHEN turn = 0 OR 2 * turn = size THEN 1 ELSE 2 END / size AS weight
FROM (SELECT size, unnest(range(size // 2 + 1)) AS turn
      FROM (SELECT DISTINCT size FROM limit_questions));

-- The characteristic function of what is sold and that of one newcomer, as logarithms, under each
-- factor and at each turn.
CREATE MACRO limit_real(comes, angle) AS 1 - comes + comes * cos(angle);
CREATE MACRO limit_log(comes, angle) AS
    ln(greatest(pow(limit_real(comes, angle), 2) + pow(comes * sin(angle), 2), 1e-300)) / 2;
CREATE MACRO limit_turned(comes, angle) AS
    atan2(comes * sin(angle), limit_real(comes, angle));

CREATE TABLE limit_logs AS
WITH alike AS (
    SELECT question, size, spread, newcomer, unnest(books) AS alike FROM limit_questions),
comes AS (
    SELECT question, size, ups, factors.weight, alike.rooms AS rooms, alike.count AS count,
           limit_comes(alike.permille, factor) AS comes, limit_comes(newcomer, factor) AS newcomer
    FROM alike JOIN limit_factors factors USING (spread))
SELECT question, ups, turn, any_value(comes.weight) AS weight,
       sum(count * limit_log(comes, rooms * angle)) AS log,
       sum(count * limit_turned(comes, rooms * angle)) AS turned,
       any_value(limit_log(newcomer, angle)) AS log_newcomer,
       any_value(limit_turned(newcomer, angle)) AS turned_newcomer
FROM comes JOIN limit_turns USING (size)
GROUP BY question, ups, turn;

-- With what is sold now, where `extra` is -1, and with so many newcomers beyond all rooms.
CREATE TABLE limit_waves AS
WITH counts AS (
    SELECT question, extra, CASE WHEN extra < 0 THEN 0 ELSE rest + extra END AS newcomers
    FROM (SELECT question, rest, unnest(range(-1, more + 1)) AS extra FROM limit_questions))
SELECT question, extra, turn,
       sum(weight * exp(log + newcomers * log_newcomer)
                  * cos(turned + newcomers * turned_newcomer)) AS real,
       sum(weight * exp(log + newcomers * log_newcomer)
                  * sin(turned + newcomers * turned_newcomer)) AS imaginary
FROM counts JOIN limit_logs USING (question)
GROUP BY question, extra, turn;

-- P(S >= C) and P(S > C) for each number of newcomers.
CREATE TABLE limit_tails AS
WITH sums AS (
    SELECT size, physical, turn, any_value(weight) AS weight,
           sum(cos(wanted * angle)) AS cosines, sum(sin(wanted * angle)) AS sines,
           coalesce(sum(cos(wanted * angle)) FILTER (wanted > physical), 0) AS cosines_above,
           coalesce(sum(sin(wanted * angle)) FILTER (wanted > physical), 0) AS sines_above
    FROM (SELECT size, physical, unnest(range(physical, size)) AS wanted
          FROM (SELECT DISTINCT size, physical FROM limit_questions))
    JOIN limit_turns USING (size) GROUP BY size, physical, turn)
SELECT question, extra, sum(weight * (real * cosines + imaginary * sines)) AS at_least,
       sum(weight * (real * cosines_above + imaginary * sines_above)) AS above
FROM limit_waves JOIN limit_questions USING (question) JOIN sums USING (size, physical, turn)
WHERE extra >= 0
GROUP BY question, extra;

-- One newcomer more is admitted while the hotel wants that, it pays, and the promise holds with it.
-- Nothing is beyond the rooms there are if it does not hold without any.
CREATE TABLE limit_bounds AS
WITH tails AS (
    SELECT *, lead(above) OVER (PARTITION BY question ORDER BY extra) AS above_then
    FROM limit_tails),
reasons AS (
    SELECT question, extra, cap, physical, sold,
           CASE WHEN closed IS NOT NULL THEN closed
                WHEN extra = 0 AND above > promised + 1e-9 THEN 'broken'
                WHEN greatest(sold - physical, 0) + extra >= cap THEN 'hard_cap'
                WHEN at_least > fractile + 1e-9 THEN 'walk_cost'
                WHEN above_then > promised + 1e-9 THEN 'confidence' END AS reason
    FROM tails JOIN limit_questions USING (question))
SELECT question, min(extra) AS extra, arg_min(reason, extra) AS reason,
       CASE WHEN arg_min(reason, extra) IN ('disabled', 'horizon', 'broken') THEN 0
            ELSE least(greatest(sold - physical, 0) + min(extra), cap) END AS allowance
FROM reasons WHERE reason IS NOT NULL
GROUP BY question, sold, physical, cap;

-- The probability of each number of rooms, now and with all sold that may be; and what follows.
-- It is in steps because DuckDB 2.0 now and then ends with an internal error ("global dictionary
-- column changed identity") where such joins follow upon each other.
CREATE TABLE limit_chosen AS
SELECT question, which.extra, size, physical,
       CASE WHEN which.extra < 0 THEN sold ELSE sold + rest + which.extra END AS booked
FROM limit_bounds bounds JOIN limit_questions USING (question),
     unnest([-1, bounds.extra]) AS which(extra);

CREATE TABLE limit_chosen_waves AS
SELECT question, extra, physical, booked, size, turn, real, imaginary
FROM limit_chosen JOIN limit_waves USING (question, extra);

CREATE TABLE limit_shares AS
SELECT question, extra, physical, booked, wanted,
       sum(weight * (real * cos(wanted * angle) + imaginary * sin(wanted * angle))) AS share
FROM (SELECT waves.*, unnest(range(booked + 1)) AS wanted FROM limit_chosen_waves waves)
JOIN limit_turns USING (size, turn)
GROUP BY ALL;

CREATE TABLE limit_outlooks AS
WITH sums AS (
    SELECT *, sum(share) OVER (PARTITION BY question, extra ORDER BY wanted) + 1e-9 AS up_to
    FROM limit_shares)
SELECT question, extra, booked, sum(wanted * share) AS arrivals,
       sum(greatest(wanted - physical, 0) * share) AS walks,
       sum(greatest(physical - wanted, 0) * share) AS empty,
       coalesce(sum(share) FILTER (wanted > physical), 0) AS walk,
       [min(wanted) FILTER (up_to >= 0.05), min(wanted) FILTER (up_to >= 0.25),
        min(wanted) FILTER (up_to >= 0.5), min(wanted) FILTER (up_to >= 0.75),
        min(wanted) FILTER (up_to >= 0.95)] AS quantiles
FROM sums GROUP BY question, extra, booked;

CREATE TABLE limit_exact AS
SELECT position, branch, property, room_type, night, asked.physical AS physical, allowance,
       CASE reason WHEN 'broken' THEN 'confidence' ELSE reason END AS bound_by, version,
       now, at_limit
FROM limit_asked asked
JOIN limit_questions questions
  ON (asked.books, asked.physical, asked.spread, asked.newcomer, asked.cap, asked.promised,
      asked.fractile) = (questions.books, questions.physical, questions.spread, questions.newcomer,
      questions.cap, questions.promised, questions.fractile)
 AND asked.closed IS NOT DISTINCT FROM questions.closed
JOIN limit_bounds bounds USING (question)
JOIN limit_outlooks now ON now.question = questions.question AND now.extra = -1
JOIN limit_outlooks at_limit ON at_limit.question = questions.question
                            AND at_limit.extra = bounds.extra;

CREATE TABLE limit_told AS
SELECT position, told.* EXCLUDE (seq, gone, until)
FROM (SELECT *, lead(seq, 1, 9223372036854775807)
             OVER (PARTITION BY branch, property, room_type, night ORDER BY seq) AS until
      FROM limit_changes) told
JOIN positions ON seq <= position AND position < until
WHERE NOT gone;

-- To millionths, of two that are as near the one that was told.
CREATE MACRO limit_rounded(exact, told) AS {
    'booked': exact.booked, 'arrivals': limit_nearest(exact.arrivals, coalesce(told.arrivals, -1)),
    'walks': limit_nearest(exact.walks, coalesce(told.walks, -1)),
    'empty': limit_nearest(exact.empty, coalesce(told.empty, -1)),
    'walk': limit_nearest(exact.walk, coalesce(told.walk, -1)), 'quantiles': exact.quantiles};

CREATE TABLE limit_expected AS
SELECT exact.* REPLACE (limit_rounded(exact.now, told.now) AS now,
                        limit_rounded(exact.at_limit, told.at_limit) AS at_limit)
FROM limit_exact exact
LEFT JOIN limit_told told USING (position, branch, property, room_type, night);

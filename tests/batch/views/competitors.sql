-- What do rivals ask for a night? See dataflows/src/views/competitors.rs.
CREATE TABLE competitors_rules AS
SELECT position, property, arg_max(minutes, seq) AS minutes, arg_max(rivals, seq) AS rivals
FROM positions JOIN rules ON seq < position GROUP BY ALL;

CREATE TABLE competitors_standing AS
SELECT position, property, night, rival,
       arg_max({currency: prices.currency, amount: prices.amount},
               (observed, source, coalesce(currency, ''), coalesce(amount, 0))) AS price
FROM positions
JOIN prices ON seq < position
LEFT JOIN competitors_rules USING (position, property)
WHERE minute_of(observed, stamp) > now - coalesce(minutes, 2880)
  AND (coalesce(len(rivals), 0) = 0 OR list_contains(rivals, rival))
GROUP BY ALL;

CREATE TABLE competitors_usual AS
SELECT position, property, night, price.currency AS currency,
       row_number() OVER (PARTITION BY position, property, night
                          ORDER BY count(*) DESC, price.currency) AS rank
FROM competitors_standing WHERE price.currency IS NOT NULL
GROUP BY position, property, night, price.currency;

CREATE TABLE competitors_own AS
SELECT position, property, arg_max(currency, seq) AS own
FROM positions JOIN properties ON seq < position GROUP BY ALL;

CREATE TABLE competitors_in AS
SELECT standing.*, coalesce(own, usual.currency) AS currency,
       price.currency IS NULL AS is_sold_out,
       coalesce(price.currency = coalesce(own, usual.currency), false) AS counts
FROM competitors_standing standing
LEFT JOIN competitors_own USING (position, property)
LEFT JOIN competitors_usual usual
       ON (usual.position, usual.property, usual.night, usual.rank)
        = (standing.position, standing.property, standing.night, 1);

CREATE TABLE competitors_expected AS
SELECT position, property, night, count(*) AS rivals,
       count(*) FILTER (is_sold_out) AS sold_out,
       count(*) FILTER (NOT is_sold_out AND NOT counts) AS foreign_count,
       any_value(currency) FILTER (counts) AS currency,
       (2 * sum(price.amount) FILTER (counts) + count(*) FILTER (counts))
           // nullif(2 * count(*) FILTER (counts), 0) AS average,
       min(price.amount) FILTER (counts) AS minimum
FROM competitors_in GROUP BY position, property, night;

CREATE TABLE competitors_told AS
SELECT position, told.* EXCLUDE (seq, gone, until)
FROM (SELECT *, lead(seq, 1, 9223372036854775807) OVER (PARTITION BY property, night ORDER BY seq) AS until
      FROM competitors_changes) told
JOIN positions ON seq <= position AND position < until
WHERE NOT gone;

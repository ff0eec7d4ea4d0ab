-- The log and what was told, as dumped. `seq` is a record's place in the order of hearing; a
-- position is how many were heard before it; `now` is the minute of the clock there. Of a change,
-- `seq` is the position by which it was told.
CREATE TABLE positions AS FROM read_json('$folder/positions.ndjson',
    columns = {position: 'BIGINT', now: 'BIGINT'});
CREATE TABLE properties AS FROM read_json('$folder/properties.ndjson',
    columns = {seq: 'BIGINT', property: 'VARCHAR', market: 'VARCHAR', currency: 'VARCHAR',
               slot: 'BIGINT'});
CREATE TABLE supply AS FROM read_json('$folder/supply.ndjson',
    columns = {seq: 'BIGINT', property: 'VARCHAR', room_type: 'VARCHAR',
               ranges: 'STRUCT(arrival BIGINT, departure BIGINT, physical BIGINT, blocked BIGINT)[]'});
CREATE TABLE rules AS FROM read_json('$folder/rules.ndjson',
    columns = {seq: 'BIGINT', property: 'VARCHAR', version: 'BIGINT', minutes: 'BIGINT',
               rivals: 'VARCHAR[]', count_min: 'BIGINT', floor: 'BIGINT', ceiling: 'BIGINT'});
CREATE TABLE plans AS FROM read_json('$folder/plans.ndjson',
    columns = {seq: 'BIGINT', property: 'VARCHAR', ordinal: 'BIGINT', room_types: 'VARCHAR[]',
               currency: 'VARCHAR', base: 'BIGINT'});
CREATE TABLE searches AS FROM read_json('$folder/searches.ndjson',
    columns = {seq: 'BIGINT', source: 'VARCHAR', id: 'VARCHAR', observed: 'BIGINT', stamp: 'BIGINT',
               property: 'VARCHAR', market: 'VARCHAR', arrival: 'BIGINT', departure: 'BIGINT'});
CREATE TABLE prices AS FROM read_json('$folder/prices.ndjson',
    columns = {seq: 'BIGINT', source: 'VARCHAR', observed: 'BIGINT', stamp: 'BIGINT',
               property: 'VARCHAR', rival: 'VARCHAR', night: 'BIGINT', currency: 'VARCHAR',
               amount: 'BIGINT'});
CREATE TABLE fairs AS FROM read_json('$folder/fairs.ndjson',
    columns = {seq: 'BIGINT', source: 'VARCHAR', id: 'VARCHAR', observed: 'BIGINT', stamp: 'BIGINT',
               market: 'VARCHAR', kind: 'VARCHAR', arrival: 'BIGINT', departure: 'BIGINT',
               impact: 'BIGINT'});
CREATE TABLE bookings AS FROM read_json('$folder/bookings.ndjson',
    columns = {seq: 'BIGINT', booking: 'VARCHAR', property: 'VARCHAR', channel: 'VARCHAR',
               fact: 'VARCHAR', stamp: 'BIGINT', stays: 'BIGINT[][]',
               lines: 'STRUCT(room_type VARCHAR, rate_plan VARCHAR, arrival BIGINT,
                              departure BIGINT, rooms BIGINT, cancelled BIGINT, price BIGINT)[]'});
-- Policies on overbooking, null where there is none, and what room types are made of.
CREATE TABLE overbooking AS FROM read_json('$folder/overbooking.ndjson',
    columns = {seq: 'BIGINT', property: 'VARCHAR', active: 'JSON', candidate: 'JSON'});
CREATE TABLE links AS FROM read_json('$folder/links.ndjson',
    columns = {seq: 'BIGINT', property: 'VARCHAR', room_type: 'VARCHAR',
               parts: 'STRUCT(room_type VARCHAR, rooms BIGINT)[]'});
CREATE TABLE attempts AS FROM read_json('$folder/attempts.ndjson',
    columns = {seq: 'BIGINT', source: 'VARCHAR', observed: 'BIGINT', stamp: 'BIGINT', id: 'VARCHAR',
               property: 'VARCHAR', guest: 'VARCHAR', card: 'VARCHAR', email: 'VARCHAR',
               address: 'VARCHAR', device: 'VARCHAR', currency: 'VARCHAR', amount: 'BIGINT',
               outcome: 'VARCHAR'});
-- What each identity is called in rows, which hold no text.
CREATE TABLE identities AS FROM read_json('$folder/identities.ndjson',
    columns = {kind: 'VARCHAR', hash: 'VARCHAR', text: 'VARCHAR'});

-- The changes: gone where the row is no more.
CREATE TABLE competitors_changes AS FROM read_json('$folder/competitors.ndjson',
    columns = {seq: 'BIGINT', property: 'VARCHAR', night: 'BIGINT', gone: 'BOOLEAN',
               rivals: 'BIGINT', sold_out: 'BIGINT', foreign_count: 'BIGINT', currency: 'VARCHAR',
               average: 'BIGINT', minimum: 'BIGINT'});
CREATE TABLE market_events_changes AS FROM read_json('$folder/market_events.ndjson',
    columns = {seq: 'BIGINT', market: 'VARCHAR', night: 'BIGINT', gone: 'BOOLEAN', major: 'BIGINT',
               conference: 'BIGINT', concert: 'BIGINT', sports: 'BIGINT'});
CREATE TABLE demand_changes AS FROM read_json('$folder/demand.ndjson',
    columns = {seq: 'BIGINT', place: 'VARCHAR', night: 'BIGINT', gone: 'BOOLEAN',
               searches: 'BIGINT[]', bookings: 'BIGINT[]', look_to_book: 'BIGINT',
               conversion: 'BIGINT', minutes: 'VARCHAR', trending: 'BIGINT', waited: 'BIGINT[]'});
CREATE TABLE pace_changes AS FROM read_json('$folder/pace.ndjson',
    columns = {seq: 'BIGINT', property: 'VARCHAR', room_type: 'VARCHAR', night: 'BIGINT',
               lead: 'BIGINT', gone: 'BOOLEAN', books: 'BIGINT', pickups: 'BIGINT[]',
               year_before: 'BIGINT', mean: 'BIGINT'});
CREATE TABLE occupancy_changes AS FROM read_json('$folder/occupancy.ndjson',
    columns = {seq: 'BIGINT', place: 'VARCHAR', night: 'BIGINT', gone: 'BOOLEAN', rooms: 'BIGINT',
               sold: 'BIGINT', permille: 'BIGINT', week: 'BIGINT[]', month: 'BIGINT[]',
               trend: 'BIGINT'});
CREATE TABLE price_changes AS FROM read_json('$folder/price.ndjson',
    columns = {seq: 'BIGINT', property: 'VARCHAR', room_type: 'VARCHAR', night: 'BIGINT',
               gone: 'BOOLEAN', base: 'BIGINT', price: 'BIGINT', multiplier: 'BIGINT',
               confidence: 'BIGINT', place: 'BIGINT', version: 'BIGINT', lead: 'BIGINT',
               searches: 'BIGINT', look_to_book: 'BIGINT', pace: 'BIGINT', occupancy: 'BIGINT',
               market_occupancy: 'BIGINT', cancelled: 'BIGINT', last_year: 'BIGINT'});
CREATE TABLE limit_changes AS FROM read_json('$folder/limit.ndjson',
    columns = {seq: 'BIGINT', branch: 'VARCHAR', property: 'VARCHAR', room_type: 'VARCHAR',
               night: 'BIGINT', gone: 'BOOLEAN', physical: 'BIGINT', allowance: 'BIGINT',
               bound_by: 'VARCHAR', version: 'BIGINT',
               now: 'STRUCT(booked BIGINT, arrivals BIGINT, walks BIGINT, empty BIGINT,
                           walk BIGINT, quantiles BIGINT[])',
               at_limit: 'STRUCT(booked BIGINT, arrivals BIGINT, walks BIGINT, empty BIGINT,
                                walk BIGINT, quantiles BIGINT[])'});
CREATE TABLE velocity_changes AS FROM read_json('$folder/velocity.ndjson',
    columns = {seq: 'BIGINT', kind: 'VARCHAR', hash: 'VARCHAR', gone: 'BOOLEAN',
               attempts: 'BIGINT[]', bookings: 'BIGINT[]', declines: 'BIGINT', properties: 'BIGINT',
               cards: 'BIGINT', amounts: 'VARCHAR'});
-- What was known of the identities of each attempt before it, as it was told last.
CREATE TABLE features_told_last AS FROM read_json('$folder/features.ndjson',
    columns = {source: 'VARCHAR', id: 'VARCHAR', kind: 'VARCHAR', attempts: 'BIGINT[]',
               bookings: 'BIGINT[]', declines: 'BIGINT', properties: 'BIGINT', cards: 'BIGINT',
               amounts: 'VARCHAR'});

-- A record's minute, and an hour of minutes.
CREATE MACRO minute_of(observed, stamp) AS least(observed, stamp) // 60000;
CREATE MACRO hour_of(minute) AS minute // 60;
-- The date of a minute and of a stamp, in UTC, numbered like nights.
CREATE MACRO day_of(minute) AS minute // 1440 - 10957;
CREATE MACRO date_of(stamp) AS stamp // 86400000 - 10957;

-- The lines of bookings. Each telling of a booking stands from `begun` until the next.
CREATE TABLE lines AS
SELECT booking, property, begun, until, date_of(stamp) AS booked, line.room_type, line.arrival,
       line.departure, line.rooms, line.price, line.rate_plan, channel, fact,
       -- On no day before it was made; greatest() passes over what is null.
       CASE WHEN line.cancelled IS NOT NULL
            THEN greatest(date_of(line.cancelled), date_of(stamp)) END AS cancelled
FROM (SELECT booking, property, channel, fact, stamp, seq AS begun, unnest(lines) AS line,
             lead(seq, 1, 9223372036854775807) OVER (PARTITION BY booking ORDER BY seq) AS until
      FROM bookings);

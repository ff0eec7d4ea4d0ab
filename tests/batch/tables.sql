-- The log and what was told, as dumped. `seq` is a record's place in the order of hearing; a
-- position is how many were heard before it; `now` is the minute of the clock there.
CREATE TABLE positions AS FROM read_json('$folder/positions.ndjson',
    columns = {position: 'BIGINT', now: 'BIGINT'});
CREATE TABLE properties AS FROM read_json('$folder/properties.ndjson',
    columns = {seq: 'BIGINT', property: 'VARCHAR', market: 'VARCHAR', currency: 'VARCHAR'});
CREATE TABLE rules AS FROM read_json('$folder/rules.ndjson',
    columns = {seq: 'BIGINT', property: 'VARCHAR', minutes: 'BIGINT', rivals: 'VARCHAR[]'});
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
    columns = {seq: 'BIGINT', booking: 'VARCHAR', property: 'VARCHAR', stamp: 'BIGINT',
               stays: 'BIGINT[][]'});

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

-- A record's minute, and an hour of minutes.
CREATE MACRO minute_of(observed, stamp) AS least(observed, stamp) // 60000;
CREATE MACRO hour_of(minute) AS minute // 60;

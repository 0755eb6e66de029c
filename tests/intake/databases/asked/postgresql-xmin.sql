
-- which columns
SELECT * 
FROM reporting.packages 
WHERE 1 = 0

-- how late it is, and what is finished
SELECT CURRENT_TIMESTAMP AS current_timestamp_1, CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) AS pg_snapshot_xmin_1

-- the first page of what changed
SELECT ((SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT) AS pg_snapshot_xmax_1) - 1) - ((((SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT) AS pg_snapshot_xmax_1) - 1) - CAST(CAST(xmin AS TEXT) AS BIGINT)) % 4294967296 + 4294967296) % 4294967296 AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages 
WHERE ((SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT) AS pg_snapshot_xmax_2) - 1) - ((((SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT) AS pg_snapshot_xmax_2) - 1) - CAST(CAST(xmin AS TEXT) AS BIGINT)) % 4294967296 + 4294967296) % 4294967296 >= $1::BIGINT ORDER BY service_id, part 
 LIMIT $2::INTEGER

-- the next page of what changed
SELECT ((SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT) AS pg_snapshot_xmax_1) - 1) - ((((SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT) AS pg_snapshot_xmax_1) - 1) - CAST(CAST(xmin AS TEXT) AS BIGINT)) % 4294967296 + 4294967296) % 4294967296 AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages 
WHERE ((SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT) AS pg_snapshot_xmax_2) - 1) - ((((SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT) AS pg_snapshot_xmax_2) - 1) - CAST(CAST(xmin AS TEXT) AS BIGINT)) % 4294967296 + 4294967296) % 4294967296 >= $1::BIGINT AND service_id >= $2::BIGINT AND (service_id > $2::BIGINT OR service_id = $2::BIGINT AND part > $3::VARCHAR) ORDER BY service_id, part 
 LIMIT $4::INTEGER

-- the first page of all
SELECT NULL AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages ORDER BY service_id, part 
 LIMIT $1::INTEGER

-- the next page of all
SELECT NULL AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages 
WHERE service_id >= $1::BIGINT AND (service_id > $1::BIGINT OR service_id = $1::BIGINT AND part > $2::VARCHAR) ORDER BY service_id, part 
 LIMIT $3::INTEGER

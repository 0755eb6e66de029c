
-- which columns
SELECT * 
FROM reporting.packages 
WHERE 1 = 0

-- how late it is, and what is finished
SELECT CURRENT_TIMESTAMP AS current_timestamp_1, CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) AS pg_snapshot_xmin_1

-- the first page of what changed
SELECT CAST(CAST(written_by AS TEXT) AS BIGINT) AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages 
WHERE written_by >= CAST(CAST($1::VARCHAR AS TEXT) AS xid8) ORDER BY written_by, service_id, part 
 LIMIT $2::INTEGER

-- the next page of what changed
SELECT CAST(CAST(written_by AS TEXT) AS BIGINT) AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages 
WHERE written_by >= CAST(CAST($1::VARCHAR AS TEXT) AS xid8) AND written_by >= CAST(CAST($2::VARCHAR AS TEXT) AS xid8) AND (written_by > CAST(CAST($2::VARCHAR AS TEXT) AS xid8) OR written_by = CAST(CAST($2::VARCHAR AS TEXT) AS xid8) AND service_id > $3::BIGINT OR written_by = CAST(CAST($2::VARCHAR AS TEXT) AS xid8) AND service_id = $3::BIGINT AND part > $4::VARCHAR) ORDER BY written_by, service_id, part 
 LIMIT $5::INTEGER

-- the first page of all
SELECT NULL AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages ORDER BY service_id, part 
 LIMIT $1::INTEGER

-- the next page of all
SELECT NULL AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages 
WHERE service_id >= $1::BIGINT AND (service_id > $1::BIGINT OR service_id = $1::BIGINT AND part > $2::VARCHAR) ORDER BY service_id, part 
 LIMIT $3::INTEGER

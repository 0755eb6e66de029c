-- not run here: made by SQLAlchemy for a database that nobody has tried this on

-- which columns
SELECT * 
FROM reporting.packages 
WHERE 1 = 0

-- how late it is, and what is finished
SELECT SYSUTCDATETIME(), CAST(min_active_rowversion() AS BIGINT) AS min_active_rowversion_1

-- the first page of what changed
SELECT TOP 201 CAST(row_version AS BIGINT) AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages 
WHERE row_version >= CAST(:lower AS BINARY(8)) ORDER BY row_version, service_id, part

-- the next page of what changed
SELECT TOP 201 CAST(row_version AS BIGINT) AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages 
WHERE row_version >= CAST(:lower AS BINARY(8)) AND row_version >= CAST(:after AS BINARY(8)) AND (row_version > CAST(:after AS BINARY(8)) OR row_version = CAST(:after AS BINARY(8)) AND service_id > :key_0 OR row_version = CAST(:after AS BINARY(8)) AND service_id = :key_0 AND part > :key_1) ORDER BY row_version, service_id, part

-- the first page of all
SELECT TOP 201 NULL AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages ORDER BY service_id, part

-- the next page of all
SELECT TOP 201 NULL AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages 
WHERE service_id >= :key_0 AND (service_id > :key_0 OR service_id = :key_0 AND part > :key_1) ORDER BY service_id, part

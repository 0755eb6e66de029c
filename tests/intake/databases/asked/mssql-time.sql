-- not run here: made by SQLAlchemy for a database that nobody has tried this on

-- which columns
SELECT * 
FROM reporting.packages 
WHERE 1 = 0

-- how late it is, and what is finished
SELECT SYSUTCDATETIME()

-- the first page of what changed
SELECT TOP 201 changed_at AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages 
WHERE changed_at >= :lower ORDER BY changed_at, service_id, part

-- the next page of what changed
SELECT TOP 201 changed_at AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages 
WHERE changed_at >= :lower AND changed_at >= :after AND (changed_at > :after OR changed_at = :after AND service_id > :key_0 OR changed_at = :after AND service_id = :key_0 AND part > :key_1) ORDER BY changed_at, service_id, part

-- the first page of all
SELECT TOP 201 NULL AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages ORDER BY service_id, part

-- the next page of all
SELECT TOP 201 NULL AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages 
WHERE service_id >= :key_0 AND (service_id > :key_0 OR service_id = :key_0 AND part > :key_1) ORDER BY service_id, part

-- of what kind the times are
SELECT TOP 1 changed_at 
FROM reporting.packages 
WHERE changed_at IS NOT NULL

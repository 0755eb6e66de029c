
-- which columns
SELECT * 
FROM reporting.packages 
WHERE 1 = 0

-- how late it is, and what is finished
SELECT CURRENT_TIMESTAMP AS current_timestamp_1

-- the first page of what changed
SELECT changed_at AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages 
WHERE changed_at >= $1::TIMESTAMP WITH TIME ZONE ORDER BY changed_at, service_id, part 
 LIMIT $2::INTEGER

-- the next page of what changed
SELECT changed_at AS change_, service_id, part, service_id, surname, changed_at 
FROM reporting.packages 
WHERE changed_at >= $1::TIMESTAMP WITH TIME ZONE AND changed_at >= $2::TIMESTAMP WITH TIME ZONE AND (changed_at > $2::TIMESTAMP WITH TIME ZONE OR changed_at = $2::TIMESTAMP WITH TIME ZONE AND service_id > $3::BIGINT OR changed_at = $2::TIMESTAMP WITH TIME ZONE AND service_id = $3::BIGINT AND part > $4::VARCHAR) ORDER BY changed_at, service_id, part 
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

-- of what kind the times are
SELECT changed_at 
FROM reporting.packages 
WHERE changed_at IS NOT NULL 
 LIMIT $1::INTEGER

-- Remembers a value, and ends the lease of the one who loaded it. ARGV: 1 value, 2 fresh for ms, 3 kept for ms. KEYS: cache, lease
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'value', ARGV[1], 'fresh_until', string.format('%.0f', now + ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1

-- Everything that one call asks, in one round trip. Whatever a key holds, the script does not fail: what it can't use it treats as not there.
--
-- ARGV: 1 whether changes of rights were missed, 2 period µs ('' for no limit), 3 interval µs, 4 number of subjects, 5 whether nodes are asked,
--       6 whether a value is asked, 7 how long the lease on a stale value lasts, ms
-- KEYS: born, [limit], right…, [nodes, nodes seen], [cache, lease]
-- Answer: now µs, arrival time µs before this attempt (or nil), born µs, positions, nodes (or nil), value (or nil), 1 for the lease
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local at = 1
local function key()
  at = at + 1
  return KEYS[at]
end
local function digits(number)
  return string.format('%.0f', number)
end
local function whole(value)
  return type(value) == 'string' and #value < 17 and value:match('^%d+$') and tonumber(value) or nil
end

local before = false
if ARGV[2] ~= '' then
  local limit, period, interval = key(), tonumber(ARGV[2]), tonumber(ARGV[3])
  local tat = whole(redis.pcall('GET', limit)) or 0
  -- Further ahead than this rate can be: the clock was set back, or another version's rate. Shortened, or it would refuse for as long.
  local ahead = tat > now + period
  if ahead then tat = now + period end
  local next = math.max(tat, now) + interval
  local allowed = now >= next - period
  if allowed or ahead then
    local kept = allowed and next or tat
    redis.call('SET', limit, digits(kept), 'PX', digits(math.max(1, math.ceil((kept - now) / 1000))))
  end
  before = digits(tat)
end

local born, positions, count = false, {}, tonumber(ARGV[4])
if count > 0 or ARGV[1] == '1' then
  born = whole(redis.pcall('GET', KEYS[1]))
  if not born or born > now or ARGV[1] == '1' then
    born = now
    redis.call('SET', KEYS[1], digits(born))
  end
  born = digits(born)
  for i = 1, count do
    local position = redis.pcall('GET', key())
    positions[i] = type(position) == 'table' and '?' or position
  end
end

local nodes = false
if ARGV[5] == '1' then
  local all, seen = key(), key()
  local living = redis.pcall('ZRANGEBYSCORE', seen, '(' .. digits(math.floor(now / 1000)), '+inf')
  if not living.err then
    nodes = #living == 0 and {} or redis.pcall('HMGET', all, unpack(living, 1, math.min(#living, 1000)))
    if nodes.err then nodes = false end
  end
end

local value, leased = false, 0
if ARGV[6] == '1' then
  local cache, lease = key(), key()
  local kept = redis.pcall('HMGET', cache, 'value', 'fresh_until')
  if not kept.err and kept[1] then
    value = kept[1]
    if math.floor(now / 1000) >= (whole(kept[2]) or 0) then
      local got = redis.pcall('SET', lease, '1', 'NX', 'PX', ARGV[7])
      if type(got) == 'table' and got.ok then leased = 1 end
    end
  end
end

return { digits(now), before, born, positions, nodes, value, leased }

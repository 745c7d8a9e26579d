-- Notes where rights changed. ARGV: 1 the position as 20 digits, or '?' when it is not known, 2 kept for ms. KEYS: right
-- Messages overtake each other, so the greatest stands; what is not known is greater than all. Equally long digits compare as their numbers.
local kept = redis.pcall('GET', KEYS[1])
local position = ARGV[1]
if kept == '?' or (type(kept) == 'string' and kept:match('^%d+$') and #kept == #position and kept > position) then
  position = kept
end
redis.call('SET', KEYS[1], position, 'PX', ARGV[2])
return 1

-- Evaluates conditions, and runs one of two lists of commands. rueidistx sends it for If and Once.
--
-- ARGV: the number of conditions; where the commands of Then and of Else begin; which command of Then and of Else is the
-- first that writes, from 0 on; the conditions; the commands. A position is an index of ARGV.
--   A condition is the position behind it and its comparisons.
--   A comparison is a kind, an operator, the positions to go on at if it holds and if not (1 or 0: the condition holds, or
--   does not), the length of a command that reads, that command, and what its reply is compared with.
--   A command is its length and its words. If the first that writes is refused, as all writes are by a replica or without
--   memory, the rest are not run. Instead of its number, "first" says that no error of the first command allows the rest.
-- Reply: 1 or 0 (all conditions hold, or not), a 1 or 0 for each condition, and the replies to the commands; or -1, the
-- condition and the error that kept it from being evaluated; or -2 and the error that kept the commands from being run.
local argv, call = ARGV, redis.pcall
local at, all, each = 6, 1, {}

-- Compares decimal numbers without a sign, which may be too large for a Lua number.
local function digits(a, b)
  if #a ~= #b then return #a - #b end
  local d = (tonumber(string.sub(a, 1, -11)) or 0) - (tonumber(string.sub(b, 1, -11)) or 0)
  if d ~= 0 then return d end
  return tonumber(string.sub(a, -10)) - tonumber(string.sub(b, -10))
end

-- Compares integers, and returns nil if the first is not one.
local function integers(a, b)
  local minus, size = string.match(a, '^(%-?)([1-9]%d*)$')
  if not size then
    if a ~= '0' then return nil end
    minus, size = '', '0'
  end
  if #size > 18 and digits(size, minus == '' and '9223372036854775807' or '9223372036854775808') > 0 then return nil end
  local otherMinus, other = string.match(b, '^(%-?)(%d+)$')
  if minus ~= otherMinus then return minus == '' and 1 or -1 end
  return minus == '' and digits(size, other) or digits(other, size)
end

-- Returns the number that a string is, or nil.
local function real(s)
  local sign, number = string.match(s, '^([%+%-]?)(.*)$')
  local lower = string.lower(number)
  local n
  if lower == 'inf' or lower == 'infinity' then
    n = 1/0 -- miniredis has another math.huge
  elseif string.match(lower, '^%d+%.?%d*$') or string.match(lower, '^%.%d+$')
      or string.match(lower, '^%d+%.?%d*e[%+%-]?%d+$') or string.match(lower, '^%.%d+e[%+%-]?%d+$') then
    if not string.find(lower, '.', 1, true) then lower = string.gsub(lower, '^%d+', '%0.') end -- miniredis needs it
    n = tonumber(lower)
    if n == 1/0 then return nil end
  end
  return n and (sign == '-' and -n or n)
end

-- Compares strings by their bytes. Lua's own operator depends on the server's locale.
local function bytes(a, b)
  local i = 1
  while i + 63 <= #a and i + 63 <= #b and string.sub(a, i, i + 63) == string.sub(b, i, i + 63) do i = i + 64 end
  while i <= #a and i <= #b do
    local d = string.byte(a, i) - string.byte(b, i)
    if d ~= 0 then return d end
    i = i + 1
  end
  return #a - #b
end

-- Some servers begin an error as they send it.
local function clean(v)
  if string.sub(v.err, 1, 1) == '-' then return {err = (string.gsub(string.sub(v.err, 2), '[\r\n]+$', ''))} end
  return v
end

local wrong = 'WRONGTYPE Operation against a key holding the wrong kind of value'

for c = 1, tonumber(argv[1]) do
  local behind = tonumber(argv[at])
  at = at + 1
  repeat
    local kind, operator, first = argv[at], argv[at + 1], at + 5
    local last = first + argv[at + 4] - 1
    local value, v, holds, order, err = argv[last + 1]
    if kind == 'length' or kind == 'member' then
      v = call('TYPE', argv[first])
      if v.ok == 'none' then
        v = kind == 'length' and '0'
      elseif kind == 'length' and v.ok then
        local length = ({string = 'STRLEN', list = 'LLEN', hash = 'HLEN', set = 'SCARD', zset = 'ZCARD', stream = 'XLEN',
          vectorset = 'VCARD', array = 'ARLEN'})[v.ok]
        v = length and call(length, argv[first]) or {err = wrong}
        if type(v) == 'number' then v = string.format('%.0f', v) end
      elseif v.ok == 'set' then
        v = call('SISMEMBER', argv[first], argv[first + 1]) == 1
      elseif v.ok == 'zset' then
        v = call('ZSCORE', argv[first], argv[first + 1])
      elseif v.ok then
        v = {err = wrong}
      end
    else
      v = call(unpack(argv, first, last))
    end
    if type(v) == 'table' and v.err then err = clean(v) end
    if kind == 'last' then -- the ID in the reply of XINFO STREAM
      local ms, seq = '0', '0'
      if err and string.find(err.err, 'no such key', 1, true) then
        err = nil
      elseif not err then
        local id = '0-0'
        for i = 1, #v, 2 do
          if v[i] == 'last-generated-id' then id = v[i + 1] end
        end
        ms, seq = string.match(id, '^(%d+)%-(%d+)$')
      end
      if not err then
        order = digits(ms, value)
        if order == 0 then order = digits(seq, argv[last + 2]) end
      end
    elseif err then
      v = nil
    elseif kind == 'text' or kind == 'type' then
      if kind == 'type' then v = v.ok end
      if operator == '=' then
        holds = v == value
      elseif operator == 'in' then
        for i = last + 2, last + 1 + value do
          if v == argv[i] then holds = true end
        end
      elseif v then
        order = bytes(v, value)
      end
    elseif kind == 'integer' or kind == 'length' then
      order = integers(v or '0', value)
      if not order then err = {err = 'ERR value is not an integer or out of range'} end
    elseif kind == 'real' then
      v = real(v or '0')
      if v then order = v - real(value) else err = {err = 'ERR value is not a valid float'} end
      if order ~= order then order = 0 end -- both are the same infinity
    elseif kind == 'ttl' then
      order = (v == -1 and 1/0 or v == -2 and 0 or v) - value
    else
      holds = v and v ~= 0
    end
    if err then return {-1, c - 1, err} end
    if order then
      if operator == '<' then holds = order < 0 elseif operator == '>' then holds = order > 0 else holds = order == 0 end
    end
    at = tonumber(argv[at + (holds and 2 or 3)])
  until at < 2
  each[c] = tostring(at)
  if at == 0 then all = 0 end
  at = behind
end

local from, to, stop = tonumber(argv[2]), argv[3] - 1, argv[4]
if all == 0 then from, to, stop = tonumber(argv[3]), #argv, argv[5] end

local reply, n = {all, table.concat(each)}, 2
while from <= to do
  local last = from + argv[from]
  local v = call(unpack(argv, from + 1, last))
  if type(v) == 'number' then
    if v >= 2^53 or v <= -2^53 then -- perhaps rounded
      local name = string.upper(argv[from + 1])
      if name == 'HINCRBY' then
        v = call('HGET', argv[from + 2], argv[from + 3])
      elseif name == 'INCR' or name == 'INCRBY' or name == 'DECR' or name == 'DECRBY' then
        v = call('GET', argv[from + 2])
      end
      if type(v) ~= 'string' then -- or the user may not read it
        v = {err = 'ERR an integer beyond 2^53 cannot be returned by a script: use ByWatch'}
      end
    end
  elseif type(v) == 'table' and v.err then
    v = clean(v)
    if n - 2 == tonumber(stop) then -- nothing was written yet
      local code = string.match(v.err, '^%u+')
      if code == 'READONLY' or code == 'OOM' or code == 'MISCONF' or code == 'NOREPLICAS' then return {-2, v} end
    elseif n == 2 and stop == 'first' then
      return {-2, v}
    end
  end
  n = n + 1
  reply[n] = v
  from = last + 1
end
return reply

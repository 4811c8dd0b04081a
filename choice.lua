-- Evaluates conditions, and runs one of two lists of commands. rueidistx sends it for If and Once.
--
-- ARGV: a head; the conditions; the commands. A position is an index of ARGV.
--   The head is i, or o for Once; in three bytes each, where the commands of Then and of Else begin, and how many Then has; and in
--   two bytes for each command, how many words it has, with the highest bit for the first one that writes: if it is refused, as all
--   writes are by a replica or without memory, the rest are not run. One word with all numbers takes less time than one for each.
--   A condition is a comparison, or '?', the position behind it, and branches, each of which is the positions to go on at if
--   its comparison holds and if not (1 or 0: the condition holds, or does not), and the comparison.
--   A comparison is a kind, an operator, the length of a command that reads, that command, and what its reply is compared
--   with ('' if that is nothing).
-- Reply: a 1 or 0 for each condition, and the replies to the commands; or -1, the condition and the error that kept it from
-- being evaluated; or -2 and the error that kept the commands from being run.
-- For Once there are no conditions but two times of the server in milliseconds, and the first command is the SET NX of a marker.
-- Nothing is run if that is an error; if there is a marker: then the reply is 0 and the marker; or if it is before the first time
-- or after the second one: then the reply is -3 and the time.
--
-- Speed: what is seldom needed is defined where it is needed.
local argv, call, type, find, byte = ARGV, redis.pcall, type, string.find, string.byte
local head, at, each, all, count = argv[1], 2, '', true, 0
local before -- what each was, if there are many conditions
local mode, a, b, c, d, e, f, g, h, i = byte(head, 1, 10)
local from, stop, size = a * 65536 + b * 256 + c, d * 65536 + e * 256 + f, 11 -- of the next command, in the head
local once = mode == 111 -- o
if once then at = from end

-- Some servers begin an error as they send it, and Redis 6 with the line of the script before that.
local function clean(v)
  if not string.find(v.err, '^[%-@]') then return v end -- a function that uses find, a local, takes longer to make
  local text = string.gsub(v.err, '^@user_script: %d+: ', '')
  return {err = (string.gsub(string.gsub(text, '^%-', ''), '[\r\n]+$', ''))}
end

while at < from do
  local behind
  if argv[at] == '?' then behind, at = argv[at + 1] + 0, at + 2 end
  local holds
  repeat
    local yes, no
    if behind then yes, no, at = argv[at] + 0, argv[at + 1] + 0, at + 2 end
    local kind, operator, first = argv[at], argv[at + 1], at + 3
    local last = at + 2 + argv[at + 2]
    local value, v, order, err = argv[last + 1]
    at, holds = last + 2, nil

    if kind == 'length' or kind == 'member' then
      local wrong = {err = 'WRONGTYPE Operation against a key holding the wrong kind of value'}
      v = call('TYPE', argv[first])
      if v.ok == 'none' then
        v = kind == 'length' and '0'
      elseif kind == 'length' and v.ok then
        local length = ({string = 'STRLEN', list = 'LLEN', hash = 'HLEN', set = 'SCARD', zset = 'ZCARD', stream = 'XLEN',
          vectorset = 'VCARD', array = 'ARLEN'})[v.ok]
        v = length and call(length, argv[first]) or wrong
        if type(v) == 'number' then v = string.format('%.0f', v) end
      elseif v.ok == 'set' then
        v = call('SISMEMBER', argv[first], argv[first + 1]) == 1
      elseif v.ok == 'zset' then
        v = call('ZSCORE', argv[first], argv[first + 1])
      elseif v.ok then
        v = wrong
      end
    else
      v = call(unpack(argv, first, last))
    end
    if type(v) == 'table' then
      if v.err then err = clean(v) elseif kind == 'type' then v = v.ok end
    end

    if err then
      if kind == 'last' and find(err.err, 'no such key', 1, true) then
        err, v = nil, {'last-generated-id', '0-0'}
      end
    elseif kind == 'text' or kind == 'type' then
      if operator == '=' then
        holds = v == value
      elseif operator == '~' then
        holds = v ~= value
      elseif operator == 'in' then
        holds = false
        for i = at, at + value - 1 do
          if v == argv[i] then holds = true end
        end
        at = at + value
      elseif not v then
        holds = false
      else -- by bytes: what Lua does depends on the server's locale
        local i = 1
        while i + 63 <= #v and i + 63 <= #value and string.sub(v, i, i + 63) == string.sub(value, i, i + 63) do i = i + 64 end
        while not order do
          if i > #v or i > #value then
            order = #v - #value
          elseif string.byte(v, i) ~= string.byte(value, i) then
            order = string.byte(v, i) - string.byte(value, i)
          end
          i = i + 1
        end
      end
    elseif kind == 'exists' or kind == 'member' then
      holds = v and v ~= 0
    elseif kind == 'missing' then
      holds = v == 0
    elseif kind == 'ttl' then
      order = (v == -1 and 1/0 or v == -2 and 0 or v) - value
    elseif kind == 'real' then
      local function real(s)
        local sign, number = string.match(s, '^([%+%-]?)(.*)$')
        local n
        number = string.lower(number)
        if number == 'inf' or number == 'infinity' then
          n = 1/0 -- miniredis has another math.huge
        elseif find(number, '^%d+%.?%d*$') or find(number, '^%.%d+$') or find(number, '^%d+%.?%d*e[%+%-]?%d+$')
            or find(number, '^%.%d+e[%+%-]?%d+$') then
          if not find(number, '.', 1, true) then number = string.gsub(number, '^%d+', '%0.') end -- miniredis needs it
          n = tonumber(number)
          if n == 1/0 then return nil end
        end
        return n and (sign == '-' and -n or n)
      end
      v = real(v or '0')
      if v then order = v - real(value) else err = {err = 'ERR value is not a valid float'} end
      if order ~= order then order = 0 end -- both are the same infinity
    end

    if err or holds ~= nil or order then -- done
    elseif kind ~= 'last' and (not v or #v < 16 and #value < 16 and (find(v, '^%-?[1-9]%d*$') or v == '0')) then
      order = (v or 0) - value -- of integers that a Lua number can hold
    else
      -- Compares decimal numbers without a sign, which may be too large for a Lua number.
      local function digits(a, b)
        if #a ~= #b then return #a - #b end
        local d = (tonumber(string.sub(a, 1, -11)) or 0) - (tonumber(string.sub(b, 1, -11)) or 0)
        if d ~= 0 then return d end
        return tonumber(string.sub(a, -10)) - tonumber(string.sub(b, -10))
      end
      if kind == 'last' then -- the ID in the reply of XINFO STREAM
        local ms, seq = '0', '0'
        for i = 1, #v, 2 do
          if v[i] == 'last-generated-id' then ms, seq = string.match(v[i + 1], '^(%d+)%-(%d+)$') end
        end
        order = digits(ms, value)
        if order == 0 then order = digits(seq, argv[at]) end
        at = at + 1
      else
        local minus, size = string.match(v or '0', '^(%-?)(%d+)$')
        if not size or find(size, '^0.') or minus == '-' and size == '0'
            or #size > 18 and digits(size, minus == '' and '9223372036854775807' or '9223372036854775808') > 0 then
          err = {err = 'ERR value is not an integer or out of range'}
        else
          local otherMinus, other = string.match(value, '^(%-?)(%d+)$')
          if minus ~= otherMinus then
            order = minus == '' and 1 or -1
          else
            order = minus == '' and digits(size, other) or digits(other, size)
          end
        end
      end
    end
    if err then
      return {-1, count, err}
    end
    if order then
      if operator == '<' then
        holds = order < 0
      elseif operator == '>' then
        holds = order > 0
      elseif operator == '<=' then
        holds = order <= 0
      elseif operator == '>=' then
        holds = order >= 0
      elseif operator == '=' then
        holds = order == 0
      else
        holds = order ~= 0
      end
    end
    if behind then
      at = holds and yes or no
      holds = at == 1
    end
  until not behind or at < 2
  if behind then at = behind end
  count = count + 1
  each = each .. (holds and '1' or '0')
  if #each == 64 then
    before = before or {}
    before[#before + 1], each = each, ''
  end
  all = all and holds
end

if once then
  local now, time = 0, call('TIME')
  if not time.err then now = time[1] * 1000 + time[2] / 1000 end
  if now < argv[2] + 0 or now > argv[3] + 0 then
    local v = call('GET', argv[from + 1])
    if v then return {'0', v} end
    return {-3, string.format('%.0f', now)}
  end
end

if not all then from, stop, size = stop, #argv + 1, 11 + 2 * (g * 65536 + h * 256 + i) end
if before then each = table.concat(before) .. each end
local reply, n = {each, nil, nil, nil}, 1 -- with room for three replies
while from < stop do
  local writes
  a, b = byte(head, size, size + 1)
  if a > 127 then a, writes = a - 128, true end
  local behind = from + a * 256 + b
  local v = call(unpack(argv, from, behind - 1))
  local is = type(v)
  if is == 'number' then
    if v >= 2^53 or v <= -2^53 then -- perhaps rounded
      local name = string.upper(argv[from])
      if name == 'HINCRBY' then
        v = call('HGET', argv[from + 1], argv[from + 2])
      elseif name == 'INCR' or name == 'INCRBY' or name == 'DECR' or name == 'DECRBY' then
        v = call('GET', argv[from + 1])
      end
      if type(v) ~= 'string' then -- or the user may not read it
        v = {err = 'ERR an integer beyond 2^53 cannot be returned by a script'}
      end
    end
  elseif is == 'table' and v.err then
    v = clean(v)
    local code = writes and string.match(v.err, '^%u+')
    if once and n == 1 or code == 'READONLY' or code == 'OOM' or code == 'MISCONF' or code == 'NOREPLICAS' then
      return {-2, v}
    end
  elseif once and n == 1 and not v then
    return {'0', call('GET', argv[from + 1])}
  end
  n = n + 1
  reply[n] = v
  from, size = behind, size + 2
end
return reply

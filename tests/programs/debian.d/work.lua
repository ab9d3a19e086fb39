local seed = 42
local function random(n) seed = (seed * 1103515245 + 12345) % 2147483648; return seed % n end
local t = {}
for i = 1, 30000 do t[i] = string.format("%08d-%d", random(100000000), i) end
table.sort(t)
for i = 2, #t do assert(t[i - 1] <= t[i]) end
print(t[1], t[#t], #t)
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(22))
local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
print(depth(10000))
local co = coroutine.wrap(function() for i = 1, 5 do coroutine.yield(i * i) end end)
print(co(), co(), co())
print(("the quick brown fox"):gsub("%w+", function(w) return w:upper():reverse() end))
local f <close> = io.open("lua.tmp", "w+")
for i = 1, 2000 do f:write(i, "\n") end
f:seek("set", 0)
local sum = 0
for line in f:lines() do sum = sum + tonumber(line) end
print(sum, math.floor(math.pi * 1e6), 7 // 2, 2 ^ 53)
os.remove("lua.tmp")
print(pcall(error, { 1 }) , select("#", table.unpack({ 1, 2, 3 })))

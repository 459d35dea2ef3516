-- Posts 1 KB of JSON, and prints what load.lua prints.
dofile("load.lua")
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"numbers": [' .. string.rep("12, ", 252) .. "12]}"

-- For wrk: a request that is a response. An echo server sends it back, and wrk takes it for one.
-- Only the first is a request as wrk knows it: wrk looks at one before it starts.
local verified = false

request = function()
  if not verified then
    verified = true
    return "GET / HTTP/1.1\r\n\r\n"
  end
  return "HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n" .. string.rep("x", 24)
end

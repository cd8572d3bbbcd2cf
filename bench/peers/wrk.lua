-- Makes wrk end with one line of JSON. Only `done` is defined, so that no Lua runs while it measures.
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format('{"requests":%d,"seconds":%.6f,"p50":%d,"p99":%d,"failed":%d}\n', summary.requests, summary.duration / 1e6,
        latency:percentile(50), latency:percentile(99), errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end

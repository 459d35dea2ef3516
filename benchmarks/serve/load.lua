-- What wrk prints for benchmarks/serve.py: one line, times in microseconds.
function done(summary, latency, requests)
   local errors = summary.errors
   local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
   io.write(string.format("measured rate %.1f p50 %d p99 %d failed %d\n",
      summary.requests / summary.duration * 1e6,
      latency:percentile(50), latency:percentile(99), failed))
end

import assert from "node:assert/strict"
import { test } from "node:test"
import { createMetrics } from "../../../agent/ports/metrics.ts"
import { watchProcess } from "../../../agent/ports/process-metrics.ts"
import { virtualClock } from "../kube-client/virtual-clock.ts"

test("a process shows its memory, its processor time and its start under Prometheus' usual names, and none of Go's", () => {
  const metrics = createMetrics()
  const clock = virtualClock()
  watchProcess(metrics, clock)
  const shown = new Map(
    metrics
      .text()
      .split("\n")
      .filter(line => line !== "" && !line.startsWith("#"))
      .map(line => line.split(" ") as [string, string]),
  )
  const names = ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds"]
  assert.deepEqual([...shown.keys()].sort(), names)
  const [cpu, memory, start] = names.map(name => Number(shown.get(name)))
  assert.ok(cpu !== undefined && cpu > 0 && cpu < 600, `${cpu} s`)
  assert.ok(memory !== undefined && memory > 10e6 && memory < 10e9, `${memory} bytes`)
  assert.equal(start, clock.wall() / 1000)
})

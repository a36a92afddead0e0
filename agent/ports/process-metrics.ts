import type { Clock } from "./clock.ts"
import type { Metrics } from "./metrics.ts"

/** The series that every Prometheus client library has, as far as Node knows them. */
export const watchProcess = (metrics: Metrics, clock: Clock): void => {
  const started = clock.wall() / 1000
  metrics.watch("process_start_time_seconds", "Start of the process in seconds since the epoch.", () => started)
  metrics.watch("process_resident_memory_bytes", "Resident memory in bytes.", () => process.memoryUsage.rss())
  metrics.watch("process_cpu_seconds_total", "User and system CPU time in seconds.", () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
}

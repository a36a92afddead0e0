import { processesWith, useOf } from "../process-memory.ts"
import type { Controller } from "./controller.ts"

/** Processor seconds by program: on cores that are all busy they are what wall time follows, whatever else runs. */
export type Work = {
  readonly server: number
  readonly etcd: number
  readonly controller: number
  readonly bench: number
}

const one = (word: string): number => {
  const [pid, ...more] = processesWith([word])
  if (pid === undefined || more.length > 0) throw new Error(`${more.length + (pid ? 1 : 0)} processes with ${word}`)
  return useOf(pid).cpuSeconds
}

/** Used so far by the programs of the API server in this folder, the controller, and this process. */
export const workSoFar = (folder: string, controller: Controller): Work => ({
  server: one(`--cert-dir=${folder}/certs`),
  etcd: one(`--data-dir=${folder}/etcd`),
  controller: controller.cpu / 1000,
  bench: useOf(process.pid).cpuSeconds,
})

export const workBetween = (before: Work, after: Work): Work => ({
  server: hundredths(after.server - before.server),
  etcd: hundredths(after.etcd - before.etcd),
  controller: hundredths(after.controller - before.controller),
  bench: hundredths(after.bench - before.bench),
})

const hundredths = (seconds: number) => Math.round(seconds * 100) / 100

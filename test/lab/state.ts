import { mkdirSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { Failure } from "../setup/failure.ts"
import type { NodeGroups } from "./cgroup.ts"
import type { ProxyMode } from "./node-config.ts"
import { labs, type Places } from "./places.ts"
import { planLab } from "./plan.ts"
import { isErrno, livingPid, readIfThere, writePid } from "./process.ts"
import { pollUntil } from "./wait.ts"

/**
 * What a lab's file says. "starting" is also what a killed `up` leaves behind; "kept" is a lab that is down and whose
 * disks were kept. `groups` has the cgroups of every node that was ever powered on, before they are made.
 */
export type State = {
  readonly lab: string
  readonly phase: "starting" | "up" | "kept"
  /** Of the machine: after a restart of it nothing of a lab runs, whatever the file says. */
  readonly bootId: string
  readonly nodes: number
  readonly proxy: ProxyMode
  readonly slot: number
  readonly groups: Readonly<Record<string, NodeGroups>>
}

export function readState(places: Places): State | undefined {
  const text = readIfThere(places.state)
  if (text === undefined) return undefined
  const state = JSON.parse(text) as State
  return state.bootId === bootId() || state.phase === "kept" ? state : undefined
}

export function writeState(places: Places, state: State): void {
  mkdirSync(dirname(places.state), { recursive: true })
  const next = `${places.state}.next`
  writeFileSync(next, `${JSON.stringify(state, undefined, 2)}\n`)
  renameSync(next, places.state)
}

/** The state of a lab that is up. Throws a Failure that says what to type when it is not. */
export function stateOfRunning(lab: string, places: Places): State {
  const state = readState(places)
  if (state?.phase === "up") return state
  throw new Failure(`lab ${lab} is not up`, `start it with npm run lab -- up${lab === "lb" ? "" : ` --lab ${lab}`}`)
}

export const planOf = (state: State) => planLab(state.lab, state.nodes, state.slot)

export function bootId(): string {
  return (readIfThere("/proc/sys/kernel/random/boot_id") ?? "unknown").trim()
}

/** Labs of this checkout that are up, or half up. */
export function labsUp(): string[] {
  const names = readdirIfThere(labs).filter(name => !name.endsWith(".lock"))
  return names.filter(name => {
    const text = readIfThere(`${labs}/${name}/state.json`)
    const state = text === undefined ? undefined : (JSON.parse(text) as State)
    return state !== undefined && state.phase !== "kept" && state.bootId === bootId()
  })
}

function readdirIfThere(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isErrno(error, "ENOENT")) return []
    throw error
  }
}

/**
 * Runs `work` while no other process changes the same lab; waits up to 10 minutes for one that does, and says so.
 * The lock of a process that is gone does not hold.
 */
export async function locked<T>(places: Places, say: (line: string) => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(places.lock), { recursive: true })
  let said = false
  const take = () => {
    try {
      openSync(places.lock, "wx")
    } catch (error) {
      if (!isErrno(error, "EEXIST")) throw error
      const owner = livingPid(places.lock)
      if (owner === undefined) rmSync(places.lock, { force: true })
      else if (!said) say(`waiting for process ${owner}, which changes this lab`)
      said ||= owner !== undefined
      return false
    }
    writePid(places.lock, process.pid)
    return true
  }
  await pollUntil("the lab's lock is free", take, { timeoutMs: 600_000, everyMs: 100 })
  try {
    return await work()
  } finally {
    rmSync(places.lock, { force: true })
  }
}

import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { loadAddon } from "../../agent/native/addon.ts"
import { settleMemory } from "../../agent/ports/memory.ts"

/** KiB of this process, from proc_pid_status(5). */
const resident = (kind: "RssAnon" | "RssFile"): number =>
  Number(new RegExp(`${kind}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))?.[1])

test("code pages of the start leave the process, and everything runs as before", () => {
  const before = resident("RssFile")
  settleMemory(loadAddon())
  const after = resident("RssFile")
  assert.ok(after < before - 8 * 1024, `file pages before ${before} KiB, after ${after} KiB`)
  assert.equal(JSON.stringify(JSON.parse('{"a":[1,2,{"b":"c"}]}')), '{"a":[1,2,{"b":"c"}]}')
  assert.deepEqual(["b", "a"].sort(), ["a", "b"])
})

test("without the addon only the garbage goes", () => {
  const anon = () => resident("RssAnon")
  let garbage: number[][] | undefined = Array.from({ length: 200 }, () => Array.from({ length: 10_000 }, (_, at) => at))
  const full = anon()
  assert.equal(garbage.length, 200)
  garbage = undefined
  settleMemory(undefined)
  assert.ok(anon() < full - 8 * 1024, `own pages before ${full} KiB, after ${anon()} KiB`)
})

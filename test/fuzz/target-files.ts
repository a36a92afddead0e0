import assert from "node:assert/strict"
import { keptInput, readKeptInput } from "../../agent/core/announce/kept-input.ts"
import { changesIn, mostOfAll, mostOfOne } from "../../agent/core/history/history.ts"
import { readHistory, savedHistory } from "../../agent/core/history/saved.ts"
import { readOverrides } from "../../agent/core/membership/overrides.ts"
import { web, world } from "../unit/announce/fixtures.ts"
import type { Target } from "./fuzz.ts"

const file = {
  TCPTimeout: "10s",
  IndirectChecks: 3,
  RetransmitMult: 4,
  SuspicionMult: 4,
  SuspicionMaxTimeoutMult: 6,
  PushPullInterval: "30s",
  ProbeTimeout: "500ms",
  ProbeInterval: "1s",
  DisableTcpPings: false,
  AwarenessMaxMultiplier: 8,
  GossipNodes: 3,
  GossipInterval: "200ms",
  GossipToTheDeadTime: "30s",
  GossipVerifyIncoming: true,
  GossipVerifyOutgoing: true,
  EnableCompression: true,
  HandoffQueueDepth: 1024,
  UDPBufferSize: 1400,
  QueueCheckInterval: "1m30.5s",
}

/** `memberlist/config.json`: every number is one that a timer or a count can have, or the problem says what is wrong. */
export const overrides: Target = {
  name: "overrides",
  corpus: [JSON.stringify(file), "{}", "[]", '{"ProbeInterval":"1h2m3.000000004s"}'],
  pieces: ['"', ":", ",", "null", "-1", "1e400", "9".repeat(20), "{", "µs", "0.5", "h", "__proto__", "true", "\\u0000"],
  check: text => {
    const read = readOverrides(text)
    if (!read.ok) {
      assert.notEqual(read.problem, "")
      return
    }
    for (const [name, value] of Object.entries(read.value.settings))
      assert.ok(typeof value !== "number" || (Number.isFinite(value) && value >= 0), name)
  },
}

const change = [1_700_000_000_000, "192.0.2.1", "node-1", "started", "node-2", "ML350", null, 12]
const { input } = world([web()])

/** Files that outlive the process: whatever they hold gives a history within its bounds, and an input or none; what is kept is read alike. */
export const kept: Target = {
  name: "kept",
  corpus: [
    JSON.stringify([change, [...change.slice(0, 3), "stopped", null, "ML351", "ML352", null]]),
    JSON.stringify(keptInput(input)),
    JSON.stringify({ version: 1, input: { a: { $set: [1, { $bigint: "ff" }] }, b: { $map: [["k", { $set: [] }]] } } }),
  ],
  pieces: [
    '"',
    "[",
    "]",
    "{",
    "}",
    ",",
    "null",
    "-1",
    "1e400",
    '"$bigint"',
    '"$set":[',
    '"$map":[',
    "__proto__",
    "2001:db8::1",
  ],
  check: text => {
    const value = jsonIn(text)
    const history = readHistory(value)
    assert.ok(history.count <= mostOfAll && changesIn(history).length === history.count)
    for (const changes of history.changes.values()) assert.ok(changes.length <= mostOfOne)
    // Its own file is in the order of time, whatever the order was that the first one came in.
    const saved = savedHistory(history)
    assert.deepEqual(savedHistory(readHistory(saved)), saved)
    const read = readKeptInput(value)
    if (read === undefined) return
    const again = readKeptInput(JSON.parse(JSON.stringify(keptInput(read))))
    assert.deepEqual(JSON.stringify(keptInput(again ?? input)), JSON.stringify(keptInput(read)))
  },
}

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    assert.ok(error instanceof SyntaxError)
    return undefined
  }
}

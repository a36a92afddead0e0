import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { test } from "node:test"
import { root } from "../run/places.ts"

test("every sentence of the demo is true", { timeout: 300_000 }, async () => {
  const demo = spawn(process.execPath, [join(root, "test/demo/main.ts")], { stdio: ["ignore", "inherit", "inherit"] })
  const [code] = await once(demo, "exit")
  assert.equal(code, 0)
})

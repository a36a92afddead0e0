import assert from "node:assert/strict"
import { test } from "node:test"
import { readCommandLine } from "../../lab/options.ts"

test("what follows -- belongs to the command, options of the same name included", () => {
  const line = readCommandLine(["exec", "n2", "--", "prog", "--help", "--", "x"], {})
  assert.deepEqual(line.words, ["exec", "n2"])
  assert.deepEqual(line.command, ["prog", "--help", "--", "x"])
  assert.equal(line.help, false)
})

test("without options a lab is called lb, has four nodes, and kube-proxy uses iptables", () => {
  const { lab, nodes, proxy, keep, force, follow } = readCommandLine(["up"], {})
  assert.deepEqual(
    { lab, nodes, proxy, keep, force, follow },
    { lab: "lb", nodes: 4, proxy: "iptables", keep: false, force: false, follow: false },
  )
})

test("the lab's name comes from --lab, else from LAB in the environment", () => {
  assert.equal(readCommandLine(["down"], { LAB: "two" }).lab, "two")
  assert.equal(readCommandLine(["down"], { LAB: "" }).lab, "lb")
  assert.equal(readCommandLine(["down", "--lab", "three"], { LAB: "two" }).lab, "three")
})

test("an unknown option or proxy mode is refused in one sentence with a fix", () => {
  assert.throws(() => readCommandLine(["up", "--node", "3"], {}), { message: /--node/, fix: /--help/ })
  assert.throws(() => readCommandLine(["up", "--proxy", "ipvs"], {}), { message: /ipvs/, fix: /nftables/ })
})

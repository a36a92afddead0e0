import assert from "node:assert/strict"
import { test } from "node:test"
import {
  accept,
  assemble,
  drop,
  ifAbove,
  ifEqual,
  type Line,
  label,
  loadByte,
  loadHalf,
  loadWord,
  next,
} from "../../../agent/core/bpf/program.ts"
import { runFilter } from "./bpf-machine.ts"

test("a program is the instructions of linux/filter.h, jumps counted from the instruction behind", () => {
  const program = assemble([loadHalf(12), ifEqual(0x0806, next, "no"), accept(96), label("no"), drop])
  // What `tcpdump -dd arp` prints for Ethernet, apart from the length accepted.
  assert.deepEqual(program, [
    { code: 0x28, jt: 0, jf: 0, k: 12 },
    { code: 0x15, jt: 0, jf: 1, k: 0x0806 },
    { code: 0x06, jt: 0, jf: 0, k: 96 },
    { code: 0x06, jt: 0, jf: 0, k: 0 },
  ])
})

test("loads read 1, 2 and 4 bytes in network order, and past the end the frame is dropped", () => {
  const frame = Uint8Array.of(0x01, 0x02, 0x03, 0x04, 0xff)
  const accepts = (load: Line, value: number) =>
    runFilter(assemble([load, ifEqual(value, next, "no"), accept(4), label("no"), drop]), frame)
  assert.equal(accepts(loadByte(4), 0xff), 4)
  assert.equal(accepts(loadHalf(1), 0x0203), 4)
  assert.equal(accepts(loadWord(1), 0x020304ff), 4)
  assert.equal(accepts(loadHalf(4), 0xff00), 0)
})

test("comparisons are unsigned: 255.255.255.255 is above 127.0.0.1", () => {
  const program = assemble([loadWord(0), ifAbove(0x7f000001, next, "no"), accept(1), label("no"), drop])
  assert.equal(runFilter(program, Uint8Array.of(255, 255, 255, 255)), 1)
  assert.equal(runFilter(program, Uint8Array.of(127, 0, 0, 1)), 0)
})

test("a jump reaches over 255 instructions and not over 256", () => {
  const over = (count: number) => [
    ifEqual(0, "end", next),
    ...Array.from({ length: count }, () => loadByte(0)),
    label("end"),
    drop,
  ]
  assert.equal(assemble(over(255))[0]?.jt, 255)
  assert.throws(() => assemble(over(256)), /jump to end from instruction 0: 0 to 255 may be skipped, not 256/)
})

test("a label that does not exist or lies behind is named", () => {
  assert.throws(() => assemble([ifEqual(0, "nowhere", next), drop]), /jump to nowhere/)
  assert.throws(() => assemble([label("behind"), ifEqual(0, "behind", next), drop]), /jump to behind/)
})

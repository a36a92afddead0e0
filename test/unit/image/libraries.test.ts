import assert from "node:assert/strict"
import { test } from "node:test"
import { parseLdd } from "../../../agent/image/libraries.ts"

test("libraries and the loader are taken from what ldd prints, the kernel's own is not", () => {
  const printed = [
    "\tlinux-vdso.so.1 (0x00007fcefb02f000)",
    "\tlibdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007fcefb00f000)",
    "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007fcefaa1e000)",
    "\t/lib64/ld-linux-x86-64.so.2 (0x00007fcefb031000)",
    "",
  ].join("\n")
  assert.deepEqual(parseLdd(printed), [
    "/lib/x86_64-linux-gnu/libdl.so.2",
    "/lib/x86_64-linux-gnu/libc.so.6",
    "/lib64/ld-linux-x86-64.so.2",
  ])
})

test("a program linked statically needs none", () => {
  assert.deepEqual(parseLdd("\tstatically linked\n"), [])
})

test("a library that this machine lacks is named", () => {
  assert.throws(
    () => parseLdd("\tlibatomic.so.1 => not found\n"),
    /shared library missing on this machine: libatomic\.so\.1/,
  )
})

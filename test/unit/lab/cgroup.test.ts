import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { delegated, hierarchies } from "../../lab/cgroup.ts"

/** A line of /proc/self/mountinfo. */
const mounted = (point: string, type: string, options: string, root = "/") =>
  `30 20 0:26 ${root} ${point} rw,relatime shared:9 - ${type} ${type} rw,${options}`

test("version 1: each hierarchy is found at its mount, with the starter's own group in it", () => {
  const mounts = [
    mounted("/sys/fs/cgroup/cpu", "cgroup", "cpu"),
    mounted("/sys/fs/cgroup/memory", "cgroup", "memory"),
    mounted("/sys/fs/cgroup/systemd", "cgroup", "name=systemd"),
    mounted("/sys/fs/cgroup/unified", "cgroup2", "nsdelegate"),
  ]
  const groups = ["4:memory:/jobs/7", "3:name=systemd:/", "1:cpu:/", "0::/"]
  assert.deepEqual(hierarchies(mounts.join("\n"), groups.join("\n")), [
    { name: "cpu", own: "/sys/fs/cgroup/cpu", root: "/sys/fs/cgroup/cpu" },
    { name: "memory", own: "/sys/fs/cgroup/memory/jobs/7", root: "/sys/fs/cgroup/memory" },
    { name: "name=systemd", own: "/sys/fs/cgroup/systemd", root: "/sys/fs/cgroup/systemd" },
  ])
})

test("version 1: controllers mounted together are one hierarchy", () => {
  const mounts = [
    mounted("/sys/fs/cgroup/cpu,cpuacct", "cgroup", "cpu,cpuacct"),
    mounted("/sys/fs/cgroup/memory", "cgroup", "memory"),
  ]
  const found = hierarchies(mounts.join("\n"), "5:cpu,cpuacct:/a\n4:memory:/a\n")
  assert.deepEqual(
    found.map(one => [one.name, one.own]),
    [
      ["cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/a"],
      ["memory", "/sys/fs/cgroup/memory/a"],
    ],
  )
})

test("version 2 alone: the one hierarchy is used", () => {
  const found = hierarchies(mounted("/sys/fs/cgroup", "cgroup2", "nsdelegate"), "0::/user.slice/session-3.scope\n")
  assert.deepEqual(found, [
    { name: "unified", own: "/sys/fs/cgroup/user.slice/session-3.scope", root: "/sys/fs/cgroup" },
  ])
})

test("version 2 with a version 1 hierarchy that only names groups: version 2 is used", () => {
  const mounts = [mounted("/sys/fs/cgroup", "cgroup2", ""), mounted("/sys/fs/cgroup/systemd", "cgroup", "name=systemd")]
  assert.deepEqual(
    hierarchies(mounts.join("\n"), "1:name=systemd:/x\n0::/x\n").map(one => one.name),
    ["unified"],
  )
})

test("a hierarchy of which only a part is mounted is entered from that part", () => {
  const mounts = mounted("/sys/fs/cgroup/memory", "cgroup", "memory", "/docker/abc")
  assert.deepEqual(hierarchies(mounts, "4:memory:/docker/abc/inner\n"), [
    { name: "memory", own: "/sys/fs/cgroup/memory/inner", root: "/sys/fs/cgroup/memory" },
  ])
})

test("a machine without cgroups has none", () => {
  assert.deepEqual(hierarchies("22 1 8:1 / / rw - ext4 /dev/sda rw\n", ""), [])
})

test("version 2: a node goes below the nearest group that gives its children every controller it needs", () => {
  const root = mkdtempSync(join(tmpdir(), "cgroups-"))
  try {
    const own = join(root, "user.slice/session")
    mkdirSync(own, { recursive: true })
    const give = (folder: string, controllers: string) =>
      writeFileSync(join(folder, "cgroup.subtree_control"), `${controllers}\n`)
    give(own, "")
    give(join(root, "user.slice"), "cpu memory pids")
    assert.equal(delegated({ name: "unified", own, root }), undefined)
    give(root, "cpuset cpu io memory pids")
    assert.equal(delegated({ name: "unified", own, root }), root)
    give(own, "cpuset cpu memory pids")
    assert.equal(delegated({ name: "unified", own, root }), own)
  } finally {
    rmSync(root, { recursive: true })
  }
})

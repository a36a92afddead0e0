import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { helpText } from "../../../agent/flags.ts"
import { root } from "../../run/places.ts"

const monitoring = join(root, "manifests/monitoring")

/** Names of series that a text mentions, without the endings that a histogram adds. */
const named = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/\bmetallb_[a-z0-9_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, "")))

const sources = readdirSync(join(root, "agent"), { recursive: true, encoding: "utf8" })
  .filter(path => path.endsWith(".ts"))
  .map(path => readFileSync(join(root, "agent", path), "utf8"))
  .join("\n")

/** The allocator's names are put together from a beginning and an end. */
const known = (name: string): boolean =>
  sources.includes(`"${name}"`) || sources.includes(`gauge("${name.replace("metallb_allocator_", "")}"`)

for (const file of ["alerts.yml", "dashboard.json"])
  test(`${file} reads only series that the agents have`, () => {
    const names = named(readFileSync(join(monitoring, file), "utf8").replaceAll("metallb-", ""))
    assert.ok(names.size > 5, "it reads some at all")
    assert.deepEqual(
      [...names].filter(name => !known(name)),
      [],
    )
  })

test("docs/operations.md lists every series that there is, and no other", () => {
  const text = readFileSync(join(root, "docs/operations.md"), "utf8")
  const quoted = [...sources.matchAll(/"(metallb_[a-z0-9_]+)"/g)].map(([, name]) => name ?? "")
  const built = [...sources.matchAll(/gauge\("((?:ipv\d_)?addresses[a-z_]*_total)"/g)].map(
    ([, name]) => `metallb_allocator_${name}`,
  )
  const listed = named(text.replaceAll("metallb-", ""))
  assert.deepEqual([...listed].sort(), [...new Set([...quoted, ...built])].sort())
})

test("docs/operations.md has a row for each flag", () => {
  const text = readFileSync(join(root, "docs/operations.md"), "utf8")
  const [, flags = ""] = /\nFlags:\n([\s\S]*?)\n\n/.exec(helpText()) ?? []
  const names = [...flags.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, name]) => name ?? "")
  assert.ok(names.length > 10)
  assert.deepEqual(
    names.filter(name => !text.includes(`| \`${name}\` |`)),
    [],
  )
})

type Panel = { readonly id: number; readonly title: string; readonly targets?: readonly { readonly expr: string }[] }

test("the dashboard is one that Grafana imports: ids differ and each panel asks something", () => {
  const { panels, uid } = JSON.parse(readFileSync(join(monitoring, "dashboard.json"), "utf8")) as {
    panels: readonly (Panel & { readonly type: string })[]
    uid: string
  }
  assert.equal(uid, "kubectl-metallb")
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  for (const { type, title, targets = [] } of panels) assert.equal(targets.length > 0, type !== "row", `panel ${title}`)
})

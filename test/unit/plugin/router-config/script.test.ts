import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { it } from "node:test"
import { at, type Json } from "../../../../plugin/cluster/json.ts"
import { opnsenseConfig } from "../../../../plugin/view/router-config/opnsense.ts"
import { group, sides } from "./sides.ts"

/** What the script sends, in order, to an API that answers with the identifiers id1, id2, … */
const requestsOf = (script: string): readonly { readonly path: string; readonly body: unknown }[] => {
  const folder = mkdtempSync(join(tmpdir(), "router-config-"))
  try {
    const log = join(folder, "log")
    // The last two words of the script's call are the body and the address.
    const curl = `#!/bin/sh
while [ $# -gt 2 ]; do shift; done
printf '%s\\n%s\\n' "$2" "$1" >> ${log}
printf '{"result":"saved","uuid":"id%s"}' "$(grep -c http ${log})"
`
    writeFileSync(join(folder, "curl"), curl, { mode: 0o755 })
    const env = { PATH: `${folder}:/usr/bin:/bin`, KEY: "k", SECRET: "s", OPNSENSE: "https://fw" }
    execFileSync("sh", ["-c", script], { env, stdio: "pipe" })
    const lines = readFileSync(log, "utf8").trimEnd().split("\n")
    return lines.flatMap((line, at) =>
      at % 2 === 0 ? [{ path: line.replace("https://fw/api/quagga/", ""), body: JSON.parse(lines[at + 1] ?? "") }] : [],
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

it("the script for OPNsense sends whole documents, and neighbours name the lists that were added for them", () => {
  const side = sides["both"]
  assert.ok(side)
  const requests = requestsOf(opnsenseConfig(side))
  assert.deepEqual(
    requests.map(({ path }) => path),
    [
      ...["general/set", "bgp/set", "bfd/set"],
      ...["bgp/addPrefixlist", "bgp/addPrefixlist", "bgp/addPrefixlist"],
      ...Array.from({ length: 3 }, () => ["bgp/addNeighbor", "bfd/addNeighbor"]).flat(),
      ...["bgp/addPrefixlist", "bgp/addPrefixlist"],
      ...Array.from({ length: 3 }, () => ["bgp/addNeighbor", "bfd/addNeighbor"]).flat(),
      "service/reconfigure",
    ],
  )
  const neighbor = {
    enabled: "1",
    description: "n1",
    address: "192.168.1.101",
    remoteas: "64512",
    password: "s3cret",
    localip: "192.168.1.254",
    bfd: "1",
    keepalive: "3",
    holddown: "9",
    linkedPrefixlistIn: "id4",
    linkedPrefixlistOut: "id6",
  }
  assert.deepEqual(requests[6]?.body, { neighbor })
})

it("a password of shell signs arrives as it is", () => {
  const password = `it's "$HOME" \\ \`id\` !`
  const requests = requestsOf(opnsenseConfig({ asn: 64513, groups: [group({ password })] }))
  const sent = requests.filter(({ path }) => path === "bgp/addNeighbor")
  assert.deepEqual(
    sent.map(({ body }) => at(body as Json, "neighbor", "password")),
    [password, password, password],
  )
})

import assert from "node:assert/strict"
import { join } from "node:path"
import { describe, it } from "node:test"
import { birdConfig } from "../../../../plugin/view/router-config/bird.ts"
import { routerKindNames, routerKinds } from "../../../../plugin/view/router-config/kinds.ts"
import { opnsenseConfig } from "../../../../plugin/view/router-config/opnsense.ts"
import { pathsOf } from "../../../../plugin/view/router-config/side.ts"
import { matchesFile } from "../../../golden/golden.ts"
import { root } from "../../../run/places.ts"
import { group, sides } from "./sides.ts"

describe("router-config texts", () => {
  for (const kind of routerKindNames)
    for (const [name, side] of Object.entries(sides))
      it(`${kind}: ${name}`, () =>
        matchesFile(join(root, "test/golden/router-config", `${kind}-${name}.txt`), routerKinds[kind].write(side)))

  it("a route may have as many next hops as there are nodes, and routers take 64", () => {
    const nodes = (count: number) =>
      group({ members: Array.from({ length: count }, (_, at) => ({ node: `n${at}`, address: `10.0.0.${at}` })) })
    assert.equal(pathsOf([nodes(3), nodes(5)]), 5, "the same node in two sessions counts once")
    assert.equal(pathsOf([nodes(100)]), 64)
    assert.equal(pathsOf([nodes(0)]), 1)
  })

  it("names that BIRD's symbols cannot hold become numbers, and the node stays in the description", () => {
    const node = `${"n".repeat(60)}.example`
    const text = birdConfig({ asn: 64513, groups: [group({ members: [{ node, address: "10.0.0.1" }] })] })
    assert.match(text, /protocol bgp 'metallb-tor-a-1' from 'metallb-tor-a' \{ .* description "n{60}\.example"; \}/)
    for (const [, symbol = ""] of text.matchAll(/'([^']+)'/g)) assert.ok(symbol.length <= 64, symbol)
    const long = birdConfig({ asn: 64513, groups: [group({ peer: "p".repeat(70) })] })
    for (const [, symbol = ""] of long.matchAll(/'([^']+)'/g)) assert.ok(symbol.length <= 64, symbol)
  })

  it("a quote in a password stays within the shell's word", () => {
    const text = opnsenseConfig({ asn: 64513, groups: [group({ password: `it's"$x` })] })
    assert.match(text, /"password":"it'\\''s\\"\$x"/)
  })

  it("a RouterOS password keeps its signs", () => {
    const text = routerKinds.routeros.write({ asn: 64513, groups: [group({ password: 'a"b$c\\' })] })
    assert.match(text, /tcp-md5-key="a\\"b\\\$c\\\\"/)
  })
})

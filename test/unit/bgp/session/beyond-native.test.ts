import assert from "node:assert/strict"
import { test } from "node:test"
import { encodeKeepalive } from "../../../../agent/core/bgp/wire/message.ts"
import { encodeOpen } from "../../../../agent/core/bgp/wire/open.ts"
import { formatCidr } from "../../../../agent/core/ip/cidr.ts"
import { out4, read, route } from "../rib/fixtures.ts"
import { Driver, ipv4, openOf } from "./fixtures.ts"

test("a peer without AS numbers of four bytes is taken, whatever the own number is", () => {
  for (const asn of [64512, 65536, 65537, 4200000000]) {
    const driver = new Driver({ asn })
    driver.do({ kind: "start" })
    driver.connected("out-1")
    driver.hear("out-1", encodeOpen(openOf({ capabilities: [ipv4] })))
    assert.equal(driver.state, "OpenConfirm", `AS ${asn}`)
  }
})

test("the session is up, and routes go, with the peer's KEEPALIVE and not before", () => {
  const driver = new Driver()
  driver.do({ kind: "table", routes: [route("192.0.2.1/32")] })
  driver.do({ kind: "start" })
  driver.connected("out-1")
  driver.hear("out-1", encodeOpen(openOf()))
  assert.equal(driver.state, "OpenConfirm")
  assert.equal(driver.said("out-1"), "open keepalive")
  driver.hear("out-1", encodeKeepalive())
  assert.equal(driver.state, "Established")
  assert.equal(driver.said("out-1"), "update")
})

test("a route takes 64 communities and more, and large ones beside them", () => {
  const communities = Array.from({ length: 200 }, (_, at) => at)
  const largeCommunities = communities.slice(0, 100).map(number => [1, 2, number] as const)
  const driver = new Driver()
  driver.do({ kind: "table", routes: [route("192.0.2.1/32", { communities, largeCommunities })] })
  driver.establish()
  driver.do({ kind: "table", routes: [route("192.0.2.2/32", { communities, largeCommunities })] })
  const [update] = driver.effects.flatMap(effect => (effect.kind === "send" ? [read(effect.bytes, out4)] : []))
  assert.deepEqual(update?.announced.map(formatCidr), ["192.0.2.2/32"])
  assert.deepEqual(update?.attributes.communities, communities)
  assert.deepEqual(update?.attributes.largeCommunities, largeCommunities)
})

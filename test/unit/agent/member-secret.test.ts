import assert from "node:assert/strict"
import { test } from "node:test"
import { makeMemberSecret } from "../../../agent/controller/member-secret.ts"
import { installNamespace, world } from "./harness.ts"

const place = { namespace: installNamespace, name: "memberlist" }
const bytes = (length: number) => Uint8Array.from({ length }, (_, at) => at)
const held = (cluster: ReturnType<typeof world>) => {
  const secret = cluster.api.store.get("secrets", `${installNamespace}/memberlist`)
  const data = secret?.["data"] as { readonly secretkey?: string } | undefined
  return data?.secretkey === undefined ? undefined : Buffer.from(data.secretkey, "base64").toString()
}

test("the secret is 16 random bytes as unpadded base64, under the name that MetalLB's speakers read", async () => {
  const cluster = world()
  await makeMemberSecret(cluster.agent().edges, place, bytes, new AbortController().signal)
  assert.equal(held(cluster), "AAECAwQFBgcICQoLDA0ODw")
})

test("a secret that exists is left as it is, and never read", async () => {
  const cluster = world()
  cluster.put("secrets", { metadata: { name: "memberlist", namespace: installNamespace }, data: { secretkey: "b2xk" } })
  await makeMemberSecret(cluster.agent().edges, place, bytes, new AbortController().signal)
  assert.equal(held(cluster), "old")
  assert.equal(cluster.api.writes().length, 1)
})

test("it is tried again while the API is away, and given up when the controller ends", async () => {
  const cluster = world()
  const control = new AbortController()
  cluster.api.down()
  const making = makeMemberSecret(cluster.agent().edges, place, bytes, control.signal)
  await cluster.clock.advance(60_000)
  cluster.api.up()
  await cluster.clock.advance(60_000)
  await making
  assert.equal(held(cluster), "AAECAwQFBgcICQoLDA0ODw")
  cluster.api.down()
  const again = makeMemberSecret(cluster.agent().edges, place, bytes, control.signal)
  await cluster.clock.advance(1_000)
  control.abort()
  await again
})

import assert from "node:assert/strict"
import { test } from "node:test"
import { detectorKey } from "../../../agent/core/detector/packet.ts"
import type { Peer } from "../../../agent/core/detector/peer.ts"
import { type Mail, newMailbox, openMail, sealMail, tidyMail } from "../../../agent/core/ownership/mail.ts"
import { signingCrypto } from "../../../agent/ports/signing-crypto.ts"

const key = detectorKey(new Uint8Array(32).fill(1), signingCrypto)
const other = detectorKey(new Uint8Array(32).fill(2), signingCrypto)
const peers = new Map<string, Peer>([["n1", { node: "n1", boot: 5, alive: true, links: [] }]])
const mails: readonly Mail[] = [
  { type: "heartbeat", mac: "02:00:00:00:00:01" },
  { type: "verdict", about: "n3", boot: 7, gone: "node" },
  { type: "query" },
  { type: "ack", page: 0, version: 9 },
  { type: "claims", page: 0, pages: 1, version: 1, mac: "02:00:00:00:00:01", claims: [] },
]

test("mail arrives as it was written, each packet once", () => {
  let sender = newMailbox("n1", 5, [key])
  let receiver = newMailbox("n2", 6, [key])
  for (const message of mails) {
    const sealed = sealMail(sender, "192.168.1.0/24", message, signingCrypto)
    sender = sealed.next
    const opened = openMail(receiver, sealed.bytes, peers, signingCrypto)
    assert.ok(opened.ok)
    assert.deepEqual([opened.from, opened.boot, opened.link, opened.message], ["n1", 5, "192.168.1.0/24", message])
    receiver = opened.next
    assert.deepEqual(openMail(receiver, sealed.bytes, peers, signingCrypto), { ok: false, fault: "replayed" })
  }
})

test("heartbeats signed ahead of time are taken after many later messages", () => {
  let sender = newMailbox("n1", 5, [key])
  const write = (message: Mail) => {
    const { next, bytes } = sealMail(sender, "l", message, signingCrypto)
    sender = next
    return bytes
  }
  const beat = write({ type: "heartbeat", mac: "02:00:00:00:00:01" })
  const later = Array.from({ length: 200 }, () => write({ type: "query" }))
  let receiver = newMailbox("n2", 6, [key])
  for (const bytes of [...later, beat]) {
    const opened = openMail(receiver, bytes, peers, signingCrypto)
    assert.ok(opened.ok)
    receiver = opened.next
  }
})

test("a new key is added behind the old one everywhere before anybody signs with it", () => {
  const bytes = sealMail(newMailbox("n1", 5, [other, key]), "l", { type: "query" }, signingCrypto).bytes
  assert.equal(openMail(newMailbox("n2", 6, [key]), bytes, peers, signingCrypto).ok, false)
  assert.equal(openMail(newMailbox("n2", 6, [key, other]), bytes, peers, signingCrypto).ok, true)
})

test("nodes that are no peers any more are forgotten", () => {
  const bytes = sealMail(newMailbox("n1", 5, [key]), "l", { type: "query" }, signingCrypto).bytes
  const opened = openMail(newMailbox("n2", 6, [key]), bytes, peers, signingCrypto)
  assert.ok(opened.ok)
  assert.equal(opened.next.seen.size, 1)
  assert.equal(tidyMail(opened.next, new Map()).seen.size, 0)
})

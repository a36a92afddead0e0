import type { Crypto, PacketCrypto, SigningCrypto } from "../../core/crypto.ts"
import { detectorKey } from "../../core/detector/packet.ts"
import { keyOfSecret } from "../../core/membership/key.ts"
import { emptyKeyRing, type KeyEvent, type KeyNews, keyRingStep } from "../../core/membership/key-ring.ts"
import type { Edges } from "../../edges.ts"
import { pause, type Timer } from "../../ports/clock.ts"
import { createReflector } from "../../ports/kube/reflector.ts"
import { memberSecret } from "../../ports/kube/sources.ts"
import { textOf } from "../../ports/log.ts"
import { readSecretFile } from "./secret-file.ts"

export type SecretPlace = {
  readonly namespace: string
  /** --ml-secret-key-path: the folder with the file `secretkey`; "" for none. */
  readonly folder: string
  /** --ml-secret-name: the Secret to follow. */
  readonly name: string
}

/** The keys of one secret. */
type Pair = { readonly secret: Uint8Array; readonly packet: Uint8Array; readonly signing: Uint8Array }

/** What is made of the secret that all speakers share, now and while it changes. */
export type Keys = {
  /** The membership's. The first one encrypts, all of them decrypt; none while there is no secret. */
  readonly packet: () => readonly Uint8Array[]
  /** The detector's, in the same order. */
  readonly signing: () => readonly Uint8Array[]
  /** For the membership: notes which key opens packets, so that a new one is spoken as soon as another speaker does so. */
  readonly crypto: PacketCrypto
  /** Why there is none, for people. */
  readonly missing: () => string
  /** Resolves when there is one: true; or when `within` is over or the signal aborts: false. */
  readonly found: (within: number | "ever", signal: AbortSignal) => Promise<boolean>
  /** Follows file and Secret until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** The kubelet brings a changed Secret into the mounted file within two minutes, so this adds little; the Secret itself is watched. */
const readEvery = 10_000

const words: Readonly<Record<KeyNews, string>> = {
  found: "secret of the membership found",
  changed: "the membership's secret was changed: the new key is accepted, and spoken in a moment",
  accepted: "file and Secret of the membership differ: both keys are accepted",
  "in-use": "the new key of the membership is in use",
  dropped: "the old key of the membership is accepted no longer",
  gone: "the membership's secret was deleted: its key stays in use",
}

type KeyCrypto = { readonly crypto: Crypto; readonly packetCrypto: PacketCrypto; readonly signing: SigningCrypto }

/** Follows the secret on two ways: the mounted file is there from the start, a watch brings changes at once. */
export const followKeys = (
  edges: Pick<Edges, "client" | "clock" | "log" | "random"> & KeyCrypto,
  { namespace, folder, name }: SecretPlace,
  onChange: () => void,
): Keys => {
  const { clock, log } = edges
  let ring = emptyKeyRing
  /** In the ring's order. BOUNDED as it is. */
  let pairs: readonly Pair[] = []
  let timer: Timer | undefined
  let trouble = folder === "" && name === "" ? "neither --ml-secret-key-path nor --ml-secret-name is given" : ""
  /** Who waits for the first one. BOUNDED by the callers. */
  const waiting = new Set<() => void>()

  const step = (event: KeyEvent) => {
    const before = ring.secrets
    const { next, news, wakeAt } = keyRingStep(ring, event, clock.monotonic())
    ring = next
    for (const one of news) log[one === "gone" ? "warn" : "info"](words[one], { secret: `${namespace}/${name}` })
    timer?.cancel()
    timer =
      wakeAt === undefined
        ? undefined
        : clock.after(Math.max(0, wakeAt - clock.monotonic()), () => step({ type: "tick" }))
    if (before === ring.secrets) return
    pairs = ring.secrets.map(kept => pairs.find(pair => pair.secret === kept.secret) ?? pairOf(kept.secret))
    for (const wake of waiting) wake()
    onChange()
  }

  const pairOf = (secret: Uint8Array): Pair => ({
    secret,
    packet: keyOfSecret(secret, edges.crypto) ?? new Uint8Array(),
    signing: detectorKey(secret, edges.signing),
  })

  const followFile = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      try {
        step({ type: "said", source: "file", secret: await readSecretFile(folder) })
      } catch (error) {
        if (textOf(error) !== trouble) log.warn("file of the membership's secret not read", { error: textOf(error) })
        trouble = textOf(error)
      }
      await pause(clock, readEvery, signal)
    }
  }

  const secret = createReflector(memberSecret(namespace, name), edges, () => {
    const held = secret.get(`${namespace}/${name}`)
    if (held !== undefined && held.secret === undefined)
      log.warn("no secretkey in the membership's Secret", { secret: `${namespace}/${name}` })
    step({ type: "said", source: "api", secret: held?.secret })
  })

  return {
    packet: () => pairs.map(({ packet }) => packet),
    signing: () => pairs.map(({ signing }) => signing),
    crypto: {
      ...edges.packetCrypto,
      open: (key, ...rest) => {
        const plain = edges.packetCrypto.open(key, ...rest)
        const turning = ring.turn?.secret
        if (plain !== undefined && turning !== undefined && pairs.find(pair => pair.packet === key)?.secret === turning)
          step({ type: "opened", secret: turning })
        return plain
      },
    },
    missing: () =>
      trouble || (secret.state().lastError ?? `there is no Secret ${namespace}/${name} with a secretkey yet`),
    found: (within, signal) =>
      new Promise(resolve => {
        const end = () => {
          waiting.delete(end)
          patience?.cancel()
          signal.removeEventListener("abort", end)
          resolve(ring.secrets.length > 0 && !signal.aborted)
        }
        const patience = within === "ever" ? undefined : clock.after(within, end)
        waiting.add(end)
        signal.addEventListener("abort", end)
        if (ring.secrets.length > 0 || signal.aborted) end()
      }),
    run: async signal => {
      signal.addEventListener("abort", () => timer?.cancel())
      await Promise.all([folder === "" ? undefined : followFile(signal), name === "" ? undefined : secret.run(signal)])
    },
  }
}

import { readFile } from "node:fs/promises"
import { readOverrides } from "./core/membership/overrides.ts"
import { wanSettings } from "./core/membership/settings.ts"
import type { MemberListOptions } from "./flags.ts"
import type { Addon } from "./native/addon.ts"
import { realClock } from "./ports/clock.ts"
import { kernelGateways } from "./ports/gateways.ts"
import { nativeHeartbeats } from "./ports/heartbeat-native.ts"
import { tcpLifelines } from "./ports/lifeline-tcp.ts"
import { type NativeLinkSocket, nativeLinkSockets } from "./ports/link-socket-native.ts"
import { startMembership } from "./ports/membership.ts"
import { nativePacketCrypto } from "./ports/membership-crypto.ts"
import { signingCrypto } from "./ports/signing-crypto.ts"
import type { CompanyEdges, CompanyOptions } from "./speaker/company/terms.ts"

/** Where MetalLB's manifests mount the ConfigMap metallb-memberlist-config. */
const overridesFile = "/etc/metallb/memberlist/config.json"

/** Between two heartbeats on a link. */
const beatEvery = 50

/** Sockets, threads and secrets of the running system. */
export const nativeCompany = (addon: Addon): CompanyEdges<NativeLinkSocket> => ({
  startMembership: options => startMembership({ ...options, sockets: nativeLinkSockets(addon) }),
  packetCrypto: nativePacketCrypto(addon),
  signing: signingCrypto,
  linkSockets: nativeLinkSockets(addon),
  heartbeats: nativeHeartbeats(addon, beatEvery),
  lifelines: tcpLifelines(realClock),
  gateways: kernelGateways,
})

/**
 * What the flags say about other speakers; undefined where there is no member list, as in MetalLB without an address or labels.
 * Rejects with an Error for people where the file of overrides is no good.
 */
export const companyOptions = async (
  { bindAddress, bindPort, labels, secretFolder, secretName, wide, failback }: MemberListOptions,
  namespace: string,
  file = overridesFile,
): Promise<CompanyOptions | undefined> => {
  if (bindAddress === "" || labels === "") return undefined
  const overrides = await readOverridesFile(file)
  return {
    bind: { address: bindAddress, port: bindPort },
    secret: { namespace, folder: secretFolder, name: secretName || "memberlist" },
    settings: overrides?.settings ?? (wide ? wanSettings : "automatic"),
    envelope: {
      compression: overrides?.compression ?? true,
      verifyIncoming: overrides?.verifyIncoming ?? true,
      verifyOutgoing: overrides?.verifyOutgoing ?? true,
    },
    failbackAfter: failback === undefined ? undefined : 1000 * failback,
  }
}

const readOverridesFile = async (file: string) => {
  let text: string
  try {
    text = await readFile(file, "utf8")
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined
    throw error
  }
  const read = readOverrides(text)
  if (!read.ok) throw new Error(`${file}: ${read.problem}`)
  return read.value
}

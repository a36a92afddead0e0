import { formatAddress } from "../../ip/format.ts"
import type { Facts } from "../../outcome.ts"
import type { ReasonCode } from "../../reasons.ts"
import type { WireFault } from "../wire/fault.ts"
import { cease, ceaseCode, type Notification, notificationOf, shutdownText, unpacked } from "../wire/notification.ts"
import { notificationText } from "../wire/words.ts"
import { leastTtlOf, type Place, type SessionSettings } from "./settings.ts"

/** A reason code with the facts that fill its sentences. */
export type Explained = { readonly reason: ReasonCode; readonly facts: Facts }

export type About = { readonly settings: SessionSettings; readonly place: Place | undefined }

export const explain = ({ settings, place }: About, reason: ReasonCode, facts: Facts = {}): Explained => ({
  reason,
  facts: {
    peer: settings.peer,
    namespace: settings.namespace,
    address: addressText(settings, place),
    port: settings.port,
    ...facts,
  },
})

const addressText = ({ endpoint }: SessionSettings, place: Place | undefined): string => {
  const known = place?.address ?? (endpoint.kind === "address" ? endpoint.address : undefined)
  if (known === undefined) return endpoint.kind === "interface" ? `interface ${endpoint.name}` : ""
  return place?.device === undefined ? formatAddress(known) : `${formatAddress(known)}%${place.device}`
}

/** Why nobody knows where the peer is: it is looked for by its router advertisements, or by the link of its address. */
export const explainAbsence = (about: About): Explained => {
  const { endpoint, vrf } = about.settings
  if (endpoint.kind === "interface") return explain(about, "ML446")
  return explain(about, "ML461", { where: vrf === "" ? "this node" : `VRF ${vrf} of this node` })
}

/** What a NOTIFICATION of the peer means for the person who configures this side. */
export const explainNotification = (about: About, notification: Notification): Explained => {
  const { code, subcode } = unpacked(notification)
  const words = notificationText(notification)
  if (code === ceaseCode && subcode === cease.administrativeShutdown) {
    const text = shutdownText(notification)
    return explain(about, "ML434", { text: text === undefined ? "" : `: "${text}"` })
  }
  if (code === 2 && subcode === 2) return explain(about, "ML435", { asn: about.settings.asn })
  return explain(about, "ML433", { words })
}

/** What is wrong with what the peer sent, or did not send. */
export const explainFault = (about: About, fault: WireFault, facts: Facts = {}): Explained => {
  if (fault.name === "hold-timer") return explain(about, "ML440", facts)
  if (fault.name === "send-hold-timer") return explain(about, "ML449", facts)
  return explain(about, "ML441", { words: notificationText(notificationOf(fault)), ...facts })
}

/** What the kernel drops without a word looks like a peer that is off. */
const silenceCode = ({ ttlSecurityHops, password }: SessionSettings): ReasonCode => {
  if (ttlSecurityHops !== undefined) return "ML462"
  return password.from === "nothing" ? "ML424" : "ML425"
}

/** Why a connection could not be made. */
export const explainFailure = (about: About, code: string, message: string): Explained => {
  const { settings } = about
  switch (code) {
    case "ECONNREFUSED":
      return explain(about, "ML423")
    case "ETIMEDOUT":
      return explain(about, silenceCode(settings), {
        seconds: settings.connectTime,
        ttl: leastTtlOf(settings) ?? 0,
        hops: settings.ttlSecurityHops ?? 0,
      })
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EHOSTDOWN":
    case "ENETDOWN":
      return explain(about, "ML426", { why: code })
    case "EADDRNOTAVAIL":
      return explain(about, "ML427", {
        source: settings.sourceAddress === undefined ? "" : formatAddress(settings.sourceAddress),
      })
    case "ENODEV":
      return explain(about, "ML428", { device: settings.vrf === "" ? (about.place?.device ?? "") : settings.vrf })
    default:
      return explain(about, "ML429", { why: message === "" ? code : message })
  }
}

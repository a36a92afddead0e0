import type {
  BfdProfileResource,
  BgpAdvertisementResource,
  BgpPeerResource,
  CommunityResource,
  SecretFacts,
} from "../model-bgp.ts"
import type { Decoded } from "./decoded.ts"
import { decodeConfig, decodeCore } from "./decoded.ts"
import { Fields } from "./fields.ts"
import { readSelectors } from "./selectors.ts"

/**
 * A metallb.io BGPPeer of either version: their fields are the same where both have them. A port that is missing or 0, as
 * objects written through v1beta1 may carry, stays 0 here and means 179.
 */
export const decodeBgpPeer = (json: unknown): Decoded<BgpPeerResource> =>
  decodeConfig<BgpPeerResource>("bgppeer", json, (meta, root) => {
    const spec = root.child("spec")
    const secret = spec.child("passwordSecret")
    return {
      ...meta,
      generation: generationOf(root),
      myASN: spec.whole("myASN", 0),
      peerASN: spec.whole("peerASN", 0),
      dynamicASN: spec.text("dynamicASN"),
      localASN: spec.whole("localASN", 0),
      peerAddress: spec.text("peerAddress"),
      interface: spec.text("interface"),
      sourceAddress: spec.text("sourceAddress"),
      peerPort: spec.whole("peerPort", 0),
      holdTime: spec.optionalText("holdTime"),
      keepaliveTime: spec.optionalText("keepaliveTime"),
      connectTime: spec.optionalText("connectTime"),
      routerID: spec.text("routerID"),
      nodeSelectors: readSelectors(spec, "nodeSelectors"),
      hasPassword: spec.hasText("password"),
      passwordSecret: { name: secret.text("name"), namespace: secret.text("namespace") },
      bfdProfile: spec.text("bfdProfile"),
      enableGracefulRestart: spec.flag("enableGracefulRestart", false),
      ebgpMultiHop: spec.flag("ebgpMultiHop", false),
      ...(spec.has("ttlSecurityHops") ? { ttlSecurityHops: spec.whole("ttlSecurityHops", 0) } : {}),
      vrf: spec.text("vrf"),
      disableMP: spec.flag("disableMP", false),
      dualStackAddressFamily: spec.flag("dualStackAddressFamily", false),
    }
  })

/** The password written into a BGPPeer itself; undefined where it has none. For whoever opens the session, nobody else. */
export const inlinePasswordOf = (json: unknown): string | undefined => {
  const spec = new Fields(json, "", []).child("spec")
  return spec.hasText("password") ? spec.text("password") : undefined
}

/** A metallb.io/v1beta1 BGPAdvertisement, with the defaults of its schema. */
export const decodeBgpAdvertisement = (json: unknown): Decoded<BgpAdvertisementResource> =>
  decodeConfig<BgpAdvertisementResource>("bgpadvertisement", json, (meta, root) => {
    const spec = root.child("spec")
    return {
      ...meta,
      generation: generationOf(root),
      aggregationLength: spec.whole("aggregationLength", 32),
      aggregationLengthV6: spec.whole("aggregationLengthV6", 128),
      localPref: spec.optionalWhole("localPref"),
      communities: spec.texts("communities"),
      ...(spec.has("med") ? { med: spec.whole("med", 0) } : {}),
      ...(spec.has("asPathPrepend") ? { asPathPrepend: spec.whole("asPathPrepend", 0) } : {}),
      ...(spec.has("bandwidthPerEndpoint") ? { bandwidthPerEndpoint: spec.whole("bandwidthPerEndpoint", 0) } : {}),
      ipAddressPools: spec.texts("ipAddressPools"),
      ipAddressPoolSelectors: readSelectors(spec, "ipAddressPoolSelectors"),
      nodeSelectors: readSelectors(spec, "nodeSelectors"),
      serviceSelectors: readSelectors(spec, "serviceSelectors"),
      peers: spec.texts("peers"),
    }
  })

/** A metallb.io/v1beta1 BFDProfile. */
export const decodeBfdProfile = (json: unknown): Decoded<BfdProfileResource> =>
  decodeConfig<BfdProfileResource>("bfdprofile", json, (meta, root) => {
    const spec = root.child("spec")
    return {
      ...meta,
      generation: generationOf(root),
      receiveInterval: spec.optionalWhole("receiveInterval"),
      transmitInterval: spec.optionalWhole("transmitInterval"),
      detectMultiplier: spec.optionalWhole("detectMultiplier"),
      echoInterval: spec.optionalWhole("echoInterval"),
      echoMode: spec.flag("echoMode", false),
      passiveMode: spec.flag("passiveMode", false),
      minimumTtl: spec.optionalWhole("minimumTtl"),
    }
  })

/** A metallb.io/v1beta1 Community. */
export const decodeCommunity = (json: unknown): Decoded<CommunityResource> =>
  decodeConfig<CommunityResource>("community", json, (meta, root) => ({
    ...meta,
    generation: generationOf(root),
    communities: root
      .child("spec")
      .children("communities")
      .map(entry => ({ name: entry.text("name"), value: entry.text("value") })),
  }))

/** A v1 Secret, of which only the type and the names of its keys are kept. */
export const decodeSecretFacts = (json: unknown): Decoded<SecretFacts> =>
  decodeCore("secret", json, (meta, root) => ({ ...meta, type: root.text("type", "Opaque"), keys: root.keys("data") }))

const generationOf = (root: Fields): number => root.child("metadata").whole("generation", 0)

import {
  decodeBfdProfile,
  decodeBgpAdvertisement,
  decodeBgpPeer,
  decodeCommunity,
  decodeSecretFacts,
} from "../../kube/decode-bgp.ts"
import { decodeL2Advertisement, decodePool } from "../../kube/decode-config.ts"
import type { Decoded } from "../../kube/decoded.ts"
import type { Meta } from "../../model.ts"
import type { ParseYaml } from "../../yaml/tree.ts"
import type { ConfigInput } from "../judge.ts"
import { judgeConfig } from "../judge.ts"
import type { ConfigVerdict } from "../model.ts"
import type { ApiObject } from "./objects.ts"

/** New objects are the youngest of all. */
const justNow = Number.MAX_SAFE_INTEGER

/**
 * The verdict once the objects exist and the ConfigMap is gone, or with `legacy` still beside them. The objects go through
 * the same reading as if they came from the API server, so that what is judged is what would be sent.
 */
export const judgeImported = (
  input: ConfigInput,
  objects: readonly ApiObject[],
  parseYaml: ParseYaml,
  legacy: "gone" | "beside" = "gone",
): ConfigVerdict => {
  const of = <T extends Meta>(kind: string, decode: (json: unknown) => Decoded<T>): readonly T[] =>
    objects
      .filter(object => object.kind === kind)
      .flatMap(object => {
        const decoded = decode(object.kind === "Secret" ? { ...object, data: object.stringData } : object)
        return decoded.ok ? [{ ...decoded.value, createdAt: justNow }] : []
      })
  return judgeConfig(
    {
      ...input,
      legacy: legacy === "gone" ? undefined : input.legacy,
      pools: [...(input.pools ?? []), ...of("IPAddressPool", decodePool)],
      l2Advertisements: [...(input.l2Advertisements ?? []), ...of("L2Advertisement", decodeL2Advertisement)],
      bgpPeers: [...(input.bgpPeers ?? []), ...of("BGPPeer", decodeBgpPeer)],
      bgpAdvertisements: [...(input.bgpAdvertisements ?? []), ...of("BGPAdvertisement", decodeBgpAdvertisement)],
      bfdProfiles: [...(input.bfdProfiles ?? []), ...of("BFDProfile", decodeBfdProfile)],
      communities: [...(input.communities ?? []), ...of("Community", decodeCommunity)],
      ...(input.secrets === undefined ? {} : { secrets: [...input.secrets, ...of("Secret", decodeSecretFacts)] }),
    },
    parseYaml,
  )
}

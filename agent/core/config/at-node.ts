import type { LabelMap, LabelSelector } from "../model.ts"
import { selectsNode } from "./bgp/nodes.ts"
import type { ConfigInput } from "./judge.ts"
import type { Problem } from "./model.ts"

/**
 * The problems that concern the speaker of one node: what BGPPeers and BGPAdvertisements of other nodes have wrong does not
 * make its configuration invalid.
 */
export const problemsAtNode = (
  problems: readonly Problem[],
  { bgpPeers = [], bgpAdvertisements = [], installNamespace }: ConfigInput,
  labels: LabelMap,
): readonly Problem[] => {
  type Selecting = {
    readonly name: string
    readonly namespace: string
    readonly nodeSelectors: readonly LabelSelector[]
  }
  const elsewhere = (kind: string, objects: readonly Selecting[]) =>
    objects
      .filter(object => object.namespace === installNamespace && !selectsNode(object.nodeSelectors, labels))
      .map(({ name }) => `${kind}/${name}`)
  const left = new Set([...elsewhere("bgppeer", bgpPeers), ...elsewhere("bgpadvertisement", bgpAdvertisements)])
  return problems.filter(({ object }) => !left.has(object))
}

import { matchesAny } from "../../labels/match.ts"
import type { LabelMap, LabelSelector } from "../../model.ts"

/** What is known of the nodes; undefined where they were not read. */
export type KnownNodes = readonly { readonly labels: LabelMap }[] | undefined

/** Whether a list of node selectors takes in a node; an empty list takes in every node. */
export const selectsNode = (selectors: readonly LabelSelector[], labels: LabelMap): boolean =>
  selectors.length === 0 || matchesAny(selectors, labels)

/** Whether one node is selected by both lists. Without any node known, it is assumed that one is. */
export const shareNode = (a: readonly LabelSelector[], b: readonly LabelSelector[], nodes: KnownNodes): boolean =>
  nodes === undefined ||
  nodes.length === 0 ||
  nodes.some(({ labels }) => selectsNode(a, labels) && selectsNode(b, labels))

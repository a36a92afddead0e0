import type { Target } from "./fuzz.ts"
import { annotations } from "./target-annotations.ts"
import { arp } from "./target-arp.ts"
import { bfd } from "./target-bfd.ts"
import { bgpOpen } from "./target-bgp-open.ts"
import { bgpStream } from "./target-bgp-stream.ts"
import { bgpUpdate } from "./target-bgp-update.ts"
import { configMap } from "./target-configmap.ts"
import { detector, mark, ownership } from "./target-detector.ts"
import { kept, overrides } from "./target-files.ts"
import { membershipLzw, membershipMsgpack, membershipPacket, membershipStream } from "./target-membership.ts"
import { ndp } from "./target-ndp.ts"
import { objects } from "./target-objects.ts"
import { query } from "./target-query.ts"
import { ranges } from "./target-ranges.ts"
import { selectors } from "./target-selectors.ts"
import { values } from "./target-values.ts"

export const targets: readonly Target[] = [
  annotations,
  arp,
  bfd,
  bgpOpen,
  bgpStream,
  bgpUpdate,
  configMap,
  detector,
  kept,
  mark,
  membershipLzw,
  membershipMsgpack,
  membershipPacket,
  membershipStream,
  ndp,
  objects,
  overrides,
  ownership,
  query,
  ranges,
  selectors,
  values,
]

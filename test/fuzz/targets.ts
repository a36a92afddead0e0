import type { Target } from "./fuzz.ts"
import { annotations } from "./target-annotations.ts"
import { bfd } from "./target-bfd.ts"
import { bgpOpen } from "./target-bgp-open.ts"
import { bgpStream } from "./target-bgp-stream.ts"
import { bgpUpdate } from "./target-bgp-update.ts"
import { configMap } from "./target-configmap.ts"
import { objects } from "./target-objects.ts"
import { ranges } from "./target-ranges.ts"
import { selectors } from "./target-selectors.ts"
import { values } from "./target-values.ts"

export const targets: readonly Target[] = [
  annotations,
  bfd,
  bgpOpen,
  bgpStream,
  bgpUpdate,
  configMap,
  objects,
  ranges,
  selectors,
  values,
]

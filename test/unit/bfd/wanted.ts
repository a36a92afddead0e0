import type { BfdWanted } from "../../../agent/core/bfd/place.ts"
import type { BfdProfile } from "../../../agent/core/config/bgp/model.ts"
import { address } from "../allocate/fixtures.ts"

/** 50 ms x 3. */
export const profile = (fields: Partial<BfdProfile> = {}): BfdProfile => ({
  name: "test",
  source: "resource",
  receiveInterval: 50,
  transmitInterval: 50,
  detectMultiplier: 3,
  echoInterval: 50,
  echoMode: false,
  passiveMode: false,
  minimumTtl: 254,
  ...fields,
})

/** A session over one hop, called "to PEER". */
export const wanted = (peer: string, fields: Partial<BfdProfile> = {}, more: Partial<BfdWanted> = {}): BfdWanted => ({
  name: `to ${peer}`,
  peer: address(peer),
  interface: undefined,
  local: undefined,
  vrf: "",
  multihop: false,
  profile: profile(fields),
  ...more,
})

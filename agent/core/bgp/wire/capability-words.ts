import type { Capability } from "./capability.ts"
import { familyText } from "./family.ts"

/** What a speaker says that it can do, as people call it: "IPv4 unicast", "graceful restart (120 s)". */
export const capabilityText = (capability: Capability): string => {
  switch (capability.kind) {
    case "multiprotocol":
      return familyText(capability.family)
    case "route-refresh":
      return "route refresh"
    case "enhanced-route-refresh":
      return "enhanced route refresh"
    case "extended-message":
      return "extended messages"
    case "four-octet-as":
      return "4-octet AS"
    case "extended-next-hop":
      return `next hops of another family (${capability.entries.map(({ family }) => familyText(family)).join(", ")})`
    case "graceful-restart":
      return `graceful restart (${capability.time} s${capability.notification ? ", over notifications too" : ""})`
    case "other":
      return others[capability.code] ?? `capability ${capability.code}`
  }
}

/** Those that routers often name and this speaker does not use. */
const others: Readonly<Record<number, string>> = {
  9: "BGP role",
  67: "dynamic capability",
  69: "ADD-PATH",
  71: "long-lived graceful restart",
  73: "host name",
  75: "software version",
}
